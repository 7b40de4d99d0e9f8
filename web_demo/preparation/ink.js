/**
 * Which pixels are ink; the twin of pipeline/preparation/ink.py.
 *
 * @module
 */

import { makeGrid, transpose } from "./grid.js";
import { findLines, withoutLines } from "./lines.js";

/** @typedef {import("./grid.js").Grid} Grid */

const MIN_CONTRAST = 14;
const STROKES_PER_SIDE = 4;
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
  const { height, width, values } = grey;
  const radius = radiusOf(grey);
  const stride = width + 1;
  const sums = new Int32Array((height + 1) * stride);
  for (let row = 0; row < height; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += values[row * width + column];
      sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + sum;
    }
  }
  let skewness = 0;
  for (let row = 0; row < height; row++) {
    const top = Math.max(0, row - radius);
    const bottom = Math.min(height, row + radius + 1);
    for (let column = 0; column < width; column++) {
      const left = Math.max(0, column - radius);
      const right = Math.min(width, column + radius + 1);
      const upper = sums[top * stride + right] - sums[top * stride + left];
      const lower = sums[bottom * stride + right] - sums[bottom * stride + left];
      const mean = ((lower - upper) / ((bottom - top) * (right - left))) | 0;
      const difference = values[row * width + column] - mean;
      skewness += difference * difference * difference;
    }
  }
  return skewness > 0;
}

/**
 * Tells dark ink from the paper, from its light and shadow, and from its rulings.
 *
 * @param {Grid} dark
 * @returns {{ mask: Grid, contrast: Uint8Array } | null} null for paper without ink
 */
export function findInk(dark) {
  const { height, width, values } = dark;
  const contrast = paperOf(dark);
  for (let index = 0; index < contrast.length; index++) {
    contrast[index] -= values[index];
  }
  const levels = contrastLevels(contrast);
  if (levels === null) {
    return null;
  }
  const mask = makeGrid(height, width);
  let across = findLines(mask);
  let down = across;
  for (const percent of INK_PERCENT) {
    const threshold = thresholdOf(levels, percent);
    for (let index = 0; index < contrast.length; index++) {
      mask.values[index] = contrast[index] >= threshold ? 1 : 0;
    }
    across = findLines(mask);
    down = findLines(transpose(mask));
    if (Math.max(across.length, down.length) < 2) {
      return { mask, contrast };
    }
  }
  return { mask: withoutLines(mask, across, down), contrast };
}

/**
 * @param {Grid} grey
 * @returns {number}
 */
function radiusOf({ height, width }) {
  return Math.max(2, Math.floor(Math.max(height, width) / STROKES_PER_SIDE / 2));
}

/**
 * The picture without its strokes: a morphological closing.
 *
 * @param {Grid} dark
 * @returns {Uint8Array} of the picture's size
 */
function paperOf(dark) {
  const radius = radiusOf(dark);
  const margin = Math.max(1, radius >> 1);
  const padded = makeGrid(dark.height + 2 * margin, dark.width + 2 * margin);
  for (let row = 0, to = 0; row < padded.height; row++) {
    const start = Math.min(Math.max(row - margin, 0), dark.height - 1) * dark.width;
    for (let column = 0; column < padded.width; column++) {
      padded.values[to++] = dark.values[start + Math.min(Math.max(column - margin, 0), dark.width - 1)];
    }
  }
  // The lightest of the neighbourhood, then the darkest of that, which is the lightest of what is inverted.
  const lightest = lightestAround(padded, radius);
  invert(lightest.values);
  const paper = lightestAround(lightest, radius);
  invert(paper.values);
  const inside = new Uint8Array(dark.height * dark.width);
  for (let row = 0; row < dark.height; row++) {
    const start = (row + margin) * padded.width + margin;
    inside.set(paper.values.subarray(start, start + dark.width), row * dark.width);
  }
  return inside;
}

/** @param {Uint8Array} values */
function invert(values) {
  for (let index = 0; index < values.length; index++) {
    values[index] = 255 - values[index];
  }
}

/**
 * The largest value of each square of 2 × radius + 1 pixels.
 *
 * @param {Grid} grid
 * @param {number} radius
 * @returns {Grid}
 */
function lightestAround(grid, radius) {
  return lightestBeside(lightestAbove(grid, radius), radius);
}

/**
 * The largest value of each column of 2 × radius + 1 pixels: maxima from the start and to the end of blocks of that
 * length (van Herk 1992), whole rows at a time.
 *
 * @param {Grid} grid
 * @param {number} radius
 * @returns {Grid}
 */
function lightestAbove({ height, width, values }, radius) {
  const size = 2 * radius + 1;
  const numRows = Math.ceil((height + 2 * radius) / size) * size;
  const fromStart = new Uint8Array(numRows * width);
  fromStart.set(values, radius * width);
  const toEnd = fromStart.slice();
  for (let row = 0; row < numRows; row++) {
    if (row % size) {
      takeLarger(fromStart, row * width, width, -width);
    }
  }
  for (let row = numRows - 1; row >= 0; row--) {
    if ((row + 1) % size) {
      takeLarger(toEnd, row * width, width, width);
    }
  }
  const largest = makeGrid(height, width);
  const ahead = 2 * radius * width;
  for (let index = 0; index < largest.values.length; index++) {
    const end = fromStart[index + ahead];
    const start = toEnd[index];
    largest.values[index] = start > end ? start : end;
  }
  return largest;
}

/**
 * The largest value of each 2 × radius + 1 pixels of a row, in the same way.
 *
 * @param {Grid} grid
 * @param {number} radius
 * @returns {Grid}
 */
function lightestBeside({ height, width, values }, radius) {
  const size = 2 * radius + 1;
  const numColumns = Math.ceil((width + 2 * radius) / size) * size;
  const row = new Uint8Array(numColumns);
  const fromStart = new Uint8Array(numColumns);
  const toEnd = new Uint8Array(numColumns);
  const largest = makeGrid(height, width);
  for (let start = 0; start < values.length; start += width) {
    row.set(values.subarray(start, start + width), radius);
    for (let block = 0; block < numColumns; block += size) {
      let most = 0;
      for (let index = block; index < block + size; index++) {
        most = row[index] > most ? row[index] : most;
        fromStart[index] = most;
      }
      most = 0;
      for (let index = block + size - 1; index >= block; index--) {
        most = row[index] > most ? row[index] : most;
        toEnd[index] = most;
      }
    }
    for (let column = 0; column < width; column++) {
      const end = fromStart[column + 2 * radius];
      largest.values[start + column] = toEnd[column] > end ? toEnd[column] : end;
    }
  }
  return largest;
}

/**
 * @param {Uint8Array} values
 * @param {number} start
 * @param {number} length how many values, from `start` on, become the larger of themselves and another
 * @param {number} other where the other is, from the value on
 */
function takeLarger(values, start, length, other) {
  for (let index = start; index < start + length; index++) {
    const another = values[index + other];
    if (another > values[index]) {
      values[index] = another;
    }
  }
}

/**
 * @param {Uint8Array} contrast
 * @returns {{ paper: number, noise: number, ink: number } | null} the usual contrast, its spread, and how far the
 * strongest ink is from it; null for no ink
 */
function contrastLevels(contrast) {
  const counts = new Uint32Array(256);
  for (let index = 0; index < contrast.length; index++) {
    counts[contrast[index]]++;
  }
  const size = contrast.length;
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
