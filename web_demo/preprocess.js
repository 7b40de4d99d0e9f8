/**
 * Any picture of one symbol becomes the model's input: the twin of pipeline/preprocess.py, byte for byte.
 *
 * @module
 */

import { crop, makeGrid, place } from "./preparation/grid.js";
import { findInk, isLightOnDark, STROKES_PER_SIDE } from "./preparation/ink.js";
import { chooseSymbol } from "./preparation/parts.js";
import { enlarge, reduce, resample } from "./preparation/scale.js";
import { strokeWidth, thicken } from "./preparation/stroke.js";

/** @typedef {import("./preparation/grid.js").Grid} Grid */
/** @typedef {import("./preparation/grid.js").Box} Box */

/**
 * @typedef {object} Contract what contract.json says of the input
 * @property {{ height: number, width: number, channels: number, polarity: string }} input
 * @property {{ box_px: number }} preprocessing
 */

const MAX_DECODED_SIDE_PX = 1_024;
const MAX_SIDE_PX = 160;
const MAX_ENLARGEMENT = 8;
const MAX_LOOKS = 3;
const MARGIN = 3;

/**
 * Grey levels of the pixels of a canvas, at most 1,024 on a side; transparent parts are paper: white, or black where
 * the ink would not be seen on white.
 *
 * @param {Uint8ClampedArray} rgba row by row
 * @param {number} height
 * @param {number} width
 * @returns {Grid}
 */
export function toGrey(rgba, height, width) {
  const onBlack = makeGrid(height, width);
  const onWhite = makeGrid(height, width);
  for (let index = 0, from = 0; index < onBlack.values.length; index++, from += 4) {
    // ITU-R 601, with the weights that Pillow uses.
    const ink = (rgba[from] * 19_595 + rgba[from + 1] * 38_470 + rgba[from + 2] * 7_471 + 32_768) >> 16;
    const opacity = rgba[from + 3];
    onBlack.values[index] = Math.floor((ink * opacity) / 255);
    onWhite.values[index] = onBlack.values[index] + 255 - opacity;
  }
  const factor = Math.ceil(Math.max(height, width) / MAX_DECODED_SIDE_PX);
  const [white, black] = [reduce(onWhite, factor), reduce(onBlack, factor)];
  return range(white.values) >= range(black.values) ? white : black;
}

/**
 * @param {Uint8Array} levels
 * @returns {number}
 */
function range(levels) {
  let [low, high] = [255, 0];
  for (const level of levels) {
    low = Math.min(low, level);
    high = Math.max(high, level);
  }
  return high - low;
}

/**
 * What comes before the model's input on the way to it.
 *
 * @typedef {object} Preparation
 * @property {Box} box where the picture has the symbol
 * @property {boolean} hasMore whether the picture may have other symbols, which are left out
 * @property {Grid} fitted the symbol alone, in the contract's box; 255 is all ink
 * @property {Uint8Array<ArrayBuffer>} image height × width × channels, as the model takes it
 */

/**
 * Finds the ink, scales it into the contract's box and centres it by mass.
 *
 * @param {Grid} grey
 * @param {Contract} contract
 * @returns {Uint8Array | null} height × width × channels; null if the picture has no ink
 */
export function prepare(grey, contract) {
  return prepareStepwise(grey, contract)?.image ?? null;
}

/**
 * As `prepare`, with what the steps before the last one give.
 *
 * @param {Grid} grey
 * @param {Contract} contract
 * @returns {Preparation | null} null if the picture has no ink
 */
export function prepareStepwise(grey, { input, preprocessing }) {
  const symbol = locateSymbol(grey);
  if (symbol === null) {
    return null;
  }
  const fitted = fit(thicken(symbol.mask), preprocessing.box_px);
  const placed = centreByMass(fitted, input.height, input.width);
  const flip = input.polarity === "bright_on_dark" ? 0 : 255;
  const image = new Uint8Array(placed.length * input.channels);
  for (let index = 0; index < image.length; index++) {
    image[index] = placed[Math.floor(index / input.channels)] ^ flip;
  }
  return { box: symbol.box, hasMore: symbol.hasMore, fitted, image };
}

/**
 * The ink of the symbol on a picture; looks again, closer, where it is small.
 *
 * @param {Grid} picture
 * @returns {{ mask: Grid, box: Box, hasMore: boolean } | null} the symbol alone and where the picture has it; null without ink
 */
function locateSymbol(picture) {
  let grey = picture;
  let [top, left] = [0, 0];
  let isLight = /** @type {boolean | null} */ (null);
  let found = /** @type {{ mask: Grid, box: Box, hasMore: boolean } | null} */ (null);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const { view, shrunk, grown } = workingSize(grey);
    isLight ??= isLightOnDark(view);
    const ink = findInk(isLight ? inverted(view) : view);
    const symbol = ink && chooseSymbol(ink.mask, ink.contrast);
    if (!symbol) {
      return found;
    }
    const boxInView = moved(symbol.box, ink.box.top, ink.box.left);
    const box = around(grey, boxInView, 0, shrunk, grown);
    const mask = crop(symbol.mask, symbol.box);
    found = { mask, box: moved(box, top, left), hasMore: symbol.hasMore || found?.hasMore === true };
    const margin = Math.floor(longerSide(boxInView) / MARGIN) + 1;
    const closer = around(grey, boxInView, margin, shrunk, grown);
    const side = longerSide(closer);
    const isLarge = side * 2 > Math.max(grey.height, grey.width);
    if (isLarge || strokeWidth(mask) * shrunk * (STROKES_PER_SIDE + 1) > 100 * side * grown) {
      return found;
    }
    [top, left] = [top + closer.top, left + closer.left];
    grey = crop(grey, closer);
  }
  return found;
}

/**
 * @param {Grid} grey
 * @returns {Grid}
 */
function inverted({ height, width, values }) {
  return makeGrid(
    height,
    width,
    values.map((level) => 255 - level),
  );
}

/**
 * The picture with 80 to 160 pixels on its longer side, and by which factors it was reduced and enlarged.
 *
 * @param {Grid} grey
 * @returns {{ view: Grid, shrunk: number, grown: number }}
 */
function workingSize(grey) {
  const side = Math.max(grey.height, grey.width);
  const shrunk = Math.ceil(side / MAX_SIDE_PX);
  const grown = shrunk === 1 ? Math.min(MAX_ENLARGEMENT, Math.floor(MAX_SIDE_PX / side)) : 1;
  return { view: enlarge(reduce(grey, shrunk), grown), shrunk, grown };
}

/**
 * The part of a picture around a box of its reduced or enlarged view.
 *
 * @param {Grid} grey
 * @param {Box} box
 * @param {number} margin in pixels of the view
 * @param {number} shrunk
 * @param {number} grown
 * @returns {Box}
 */
function around({ height, width }, { top, left, bottom, right }, margin, shrunk, grown) {
  return {
    top: Math.floor((Math.max(0, top - margin) * shrunk) / grown),
    left: Math.floor((Math.max(0, left - margin) * shrunk) / grown),
    bottom: Math.min(height, Math.ceil(((bottom + margin) * shrunk) / grown)),
    right: Math.min(width, Math.ceil(((right + margin) * shrunk) / grown)),
  };
}

/**
 * @param {Box} box
 * @returns {number}
 */
function longerSide({ top, left, bottom, right }) {
  return Math.max(bottom - top, right - left);
}

/**
 * @param {Box} box
 * @param {number} rows
 * @param {number} columns
 * @returns {Box}
 */
function moved({ top, left, bottom, right }, rows, columns) {
  return { top: top + rows, left: left + columns, bottom: bottom + rows, right: right + columns };
}

/**
 * The mask in a square box, its longer side filled, 255 is all ink.
 *
 * @param {Grid} mask
 * @param {number} boxPx
 * @returns {Grid}
 */
function fit(mask, boxPx) {
  const side = Math.max(mask.height, mask.width);
  const [height, width] = [mask.height, mask.width].map((size) =>
    Math.max(1, Math.floor((2 * boxPx * size + side) / (2 * side))),
  );
  return resample(mask, height, width);
}

/**
 * @param {Grid} ink
 * @param {number} height
 * @param {number} width
 * @returns {Uint8Array} height × width
 */
function centreByMass(ink, height, width) {
  let [mass, yTwice, xTwice] = [0, 0, 0];
  ink.values.forEach((level, index) => {
    const row = Math.floor(index / ink.width);
    mass += level;
    yTwice += level * (2 * row + 1);
    xTwice += level * (2 * (index - row * ink.width) + 1);
  });
  const top = startOf(mass, yTwice, ink.height, height);
  const left = startOf(mass, xTwice, ink.width, width);
  return place(ink, { top, left }, { height, width }).values;
}

/**
 * Where the ink starts, if its centre of mass is to be the middle.
 *
 * @param {number} mass
 * @param {number} centreTwice sum of masses, each times twice its distance from the start
 * @param {number} length of the ink
 * @param {number} size of the image
 * @returns {number}
 */
function startOf(mass, centreTwice, length, size) {
  const start = mass ? Math.floor((size * mass - centreTwice + mass) / (2 * mass)) : 0;
  return Math.min(Math.max(0, start), size - length);
}
