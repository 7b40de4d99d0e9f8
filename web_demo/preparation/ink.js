/**
 * Which pixels are ink; the twin of pipeline/preparation/ink.py.
 *
 * @module
 */

import { crop, makeGrid, place, transpose } from "./grid.js";
import { findRulings, withoutLines } from "./lines.js";

/** @typedef {import("./grid.js").Grid} Grid */
/** @typedef {import("./grid.js").Box} Box */

const WHITE = 255;
const MIN_CONTRAST = 14;
export const STROKES_PER_SIDE = 4;
const INK_PERCENT = [25, 40];
const NOISE_FACTOR = 3;
const LEAST_CONTRAST = 4;

/**
 * Whether the ink is lighter than the paper.
 *
 * @param {Grid} grey
 * @returns {boolean}
 */
export function isLightOnDark(grey) {
  return skewnessOf(grey) > 0;
}

/**
 * The sum of the third powers of what each pixel differs from the mean around it, rounded down.
 *
 * @param {Grid} grey
 * @returns {number}
 */
export function skewnessOf(grey) {
  const radius = radiusOf(grey);
  // Where all of a window is of one level nothing differs from its mean. Any level does; most often the corner is paper.
  const ground = grey.values[0];
  const box = boxOfMarks(grey, ground, radius);
  if (box === null) {
    return 0;
  }
  const { height, width, values } = crop(grey, box);
  const inWindow = (/** @type {number} */ position, /** @type {number} */ length) =>
    Math.min(length, position + radius + 1) - Math.max(0, position - radius);
  const widths = Int32Array.from({ length: width }, (_, column) => inWindow(box.left + column, grey.width));
  // By how much each column of the window is lighter than the ground; what is beyond the box is not.
  const sums = new Int32Array(width + 2 * radius + 1);
  const add = (/** @type {number} */ row, /** @type {number} */ sign) => {
    if (row >= 0 && row < height) {
      for (let column = 0; column < width; column++) {
        sums[radius + 1 + column] += sign * (values[row * width + column] - ground);
      }
    }
  };
  for (let row = 0; row < radius; row++) {
    add(row, 1);
  }
  let skewness = 0;
  for (let row = 0, index = 0; row < height; row++) {
    add(row + radius, 1);
    add(row - radius - 1, -1);
    const numRows = inWindow(box.top + row, grey.height);
    let sum = 0;
    for (let column = 0; column <= 2 * radius; column++) {
      sum += sums[column];
    }
    for (let column = 0; column < width; column++, index++) {
      sum += sums[column + 2 * radius + 1] - sums[column];
      const difference = values[index] - ground - Math.floor(sum / (numRows * widths[column]));
      skewness += difference * difference * difference;
    }
  }
  return skewness;
}

/**
 * Tells dark ink from the paper, from its light and shadow, and from its rulings.
 *
 * @param {Grid} dark
 * @returns {{ mask: Grid, contrast: Uint8Array, box: Box } | null} of a part of the picture that holds all ink, and where
 *   that part is; `contrast`: by how many grey levels each of its pixels is darker than the paper; null for paper without
 *   ink
 */
export function findInk(dark) {
  // With one pixel of the white around the marks. Every window that reaches further holds one of these, so the paper inside
  // is as light as if the whole picture were there; and ink touches the box only where it touches the picture's edge.
  const box = boxOfMarks(dark, WHITE, 1);
  if (box === null) {
    return null;
  }
  const part = crop(dark, box);
  const contrast = paperOf(part, radiusOf(dark)).map((paper, index) => paper - part.values[index]);
  const levels = contrastLevels(contrast, dark.values.length);
  if (levels === null) {
    return null;
  }
  const mask = makeGrid(part.height, part.width);
  let rulings = /** @type {import("./lines.js").Rulings} */ ({ across: [], down: [] });
  for (const percent of INK_PERCENT) {
    const threshold = thresholdOf(levels, percent);
    for (let index = 0; index < contrast.length; index++) {
      mask.values[index] = contrast[index] >= threshold ? 1 : 0;
    }
    rulings = findRulings(mask, box, dark);
    if (Math.max(rulings.across.length, rulings.down.length) < 2) {
      return { mask, contrast, box };
    }
  }
  return { mask: crop(withoutLines(place(mask, box, dark), rulings), box), contrast, box };
}

/**
 * @param {Grid} grey
 * @returns {number}
 */
function radiusOf({ height, width }) {
  return Math.max(2, Math.floor(Math.max(height, width) / STROKES_PER_SIDE / 2));
}

/**
 * @param {Grid} grey
 * @param {number} ground the level of all that is no mark
 * @param {number} margin how many pixels more the box holds on each side, where the picture has them
 * @returns {Box | null} around all marks; null for none
 */
function boxOfMarks({ height, width, values }, ground, margin) {
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (let row = 0, index = 0; row < height; row++) {
    for (let column = 0; column < width; column++, index++) {
      if (values[index] !== ground) {
        top = row < top ? row : top;
        left = column < left ? column : left;
        bottom = row + 1;
        right = column < right ? right : column + 1;
      }
    }
  }
  if (bottom === 0) {
    return null;
  }
  return {
    top: Math.max(0, top - margin),
    left: Math.max(0, left - margin),
    bottom: Math.min(height, bottom + margin),
    right: Math.min(width, right + margin),
  };
}

/**
 * The picture without its strokes: a morphological closing, rows and columns apart. The rows beyond the edge repeat it.
 * Every window that reaches them holds the edge too, as margin <= radius, so they are not copied.
 *
 * @param {Grid} dark
 * @param {number} radius of the squares
 * @returns {Uint8Array} of the picture's size
 */
function paperOf(dark, radius) {
  const margin = Math.max(1, radius >> 1);
  const above = lightestAbove(dark, radius, margin);
  const lightest = lightestAbove(transpose(above), radius, margin);
  if (lightest.values.every((level) => level === WHITE)) {
    // And so the darkest of it is: for strokes on white the work is done.
    return new Uint8Array(dark.values.length).fill(WHITE);
  }
  // The darkest of what is lightest around: the lightest of what is inverted.
  invert(lightest.values);
  const beside = lightestAbove(lightest, radius, -margin);
  const { values } = lightestAbove(transpose(beside), radius, -margin);
  invert(values);
  return values;
}

/** @param {Uint8Array} values */
function invert(values) {
  for (let index = 0; index < values.length; index++) {
    values[index] = 255 - values[index];
  }
}

/**
 * The largest value of each column of 2 × radius + 1 pixels: maxima from the start and to the end of blocks of that
 * length (van Herk 1992), whole rows at a time.
 *
 * @param {Grid} grid
 * @param {number} radius
 * @param {number} margin rows by which the result is longer at either end; negative: shorter
 * @returns {Grid}
 */
function lightestAbove({ height, width, values }, radius, margin) {
  const size = 2 * radius + 1;
  const numRows = height + 2 * (radius + margin);
  const fromStart = new Uint8Array(numRows * width);
  fromStart.set(values, (radius + margin) * width);
  const toEnd = fromStart.slice();
  for (let row = 1; row < numRows; row++) {
    if (row % size) {
      takeLarger(fromStart, row * width, width, fromStart, -width);
    }
  }
  for (let row = numRows - 2; row >= 0; row--) {
    if ((row + 1) % size) {
      takeLarger(toEnd, row * width, width, toEnd, width);
    }
  }
  const length = (height + 2 * margin) * width;
  takeLarger(toEnd, 0, length, fromStart, 2 * radius * width);
  return makeGrid(height + 2 * margin, width, toEnd.subarray(0, length));
}

/**
 * @param {Uint8Array} values
 * @param {number} start
 * @param {number} length how many values, from `start` on, become the larger of themselves and another
 * @param {Uint8Array} others
 * @param {number} ahead how much further on the other is
 */
function takeLarger(values, start, length, others, ahead) {
  for (let index = start; index < start + length; index++) {
    // Without a branch: on noisy pictures processors predict it wrongly half of the time.
    const more = others[index + ahead] - values[index];
    values[index] += more & ~(more >> 31);
  }
}

/**
 * @param {Uint8Array} contrast of a part of a picture; beyond it there is none
 * @param {number} size pixels of the picture
 * @returns {{ paper: number, noise: number, ink: number } | null} the usual contrast, its spread, and how far the
 * strongest ink is from it; null for no ink
 */
function contrastLevels(contrast, size) {
  const counts = new Uint32Array(256);
  counts[0] = size - contrast.length;
  for (let index = 0; index < contrast.length; index++) {
    counts[contrast[index]]++;
  }
  const paper = firstAbove(counts, Math.floor(size / 2) + 1);
  const noise = paper - firstAbove(counts, Math.floor(size / 10) + 1);
  const ink = 255 - firstAbove(counts.reverse(), Math.max(6, Math.floor(size / 2000))) - paper;
  return ink < Math.max(MIN_CONTRAST, NOISE_FACTOR * noise) ? null : { paper, noise, ink };
}

/**
 * @param {Uint32Array} counts
 * @param {number} least
 * @returns {number} how many counts, from the start, have a sum below `least`
 */
function firstAbove(counts, least) {
  let sum = 0;
  return counts.filter((count) => (sum += count) < least).length;
}

/**
 * @param {{ paper: number, noise: number, ink: number }} levels
 * @param {number} percent
 * @returns {number}
 */
function thresholdOf({ paper, noise, ink }, percent) {
  return paper + Math.max(NOISE_FACTOR * noise, Math.floor((ink * percent) / 100), LEAST_CONTRAST);
}
