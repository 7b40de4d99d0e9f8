/**
 * Smaller and larger pictures; the twin of pipeline/preparation/scale.py.
 *
 * @module
 */

import { makeGrid } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */

/**
 * Means of squares of factor × factor pixels; squares beyond the edge repeat its pixels.
 *
 * @param {Grid} grey
 * @param {number} factor
 * @returns {Grid}
 */
export function reduce(grey, factor) {
  if (factor <= 1) {
    return grey;
  }
  const { height, width, values } = grey;
  const small = makeGrid(Math.ceil(height / factor), Math.ceil(width / factor));
  const area = factor * factor;
  const half = area >> 1;
  const sums = new Uint32Array(small.width);
  const missing = small.width * factor - width;
  for (let row = 0; row < small.height; row++) {
    sums.fill(half);
    for (let offset = 0; offset < factor; offset++) {
      const start = Math.min(row * factor + offset, height - 1) * width;
      let from = start;
      for (let column = 0; column < small.width - 1; column++) {
        let sum = 0;
        for (const end = from + factor; from < end; from++) {
          sum += values[from];
        }
        sums[column] += sum;
      }
      let sum = missing * values[start + width - 1];
      for (; from < start + width; from++) {
        sum += values[from];
      }
      sums[small.width - 1] += sum;
    }
    for (let column = 0; column < small.width; column++) {
      small.values[row * small.width + column] = Math.floor(sums[column] / area);
    }
  }
  return small;
}

/**
 * Linear interpolation between the centres of pixels; beyond the outermost ones their level goes on.
 *
 * @param {Grid} grey
 * @param {number} factor
 * @returns {Grid}
 */
export function enlarge(grey, factor) {
  if (factor <= 1) {
    return grey;
  }
  const { height, width, values } = grey;
  const large = makeGrid(height * factor, width * factor);
  const vertical = neighbours(height, factor);
  const horizontal = neighbours(width, factor);
  const area = 4 * factor * factor;
  let to = 0;
  for (const [above, below, yWeight] of vertical) {
    for (const [left, right, xWeight] of horizontal) {
      const upper = values[above * width + left] * (2 * factor - xWeight) + values[above * width + right] * xWeight;
      const lower = values[below * width + left] * (2 * factor - xWeight) + values[below * width + right] * xWeight;
      const sum = upper * (2 * factor - yWeight) + lower * yWeight;
      large.values[to++] = Math.floor((sum + area / 2) / area);
    }
  }
  return large;
}

/**
 * For each new pixel the two old ones around its centre, and the second's weight out of 2 × factor.
 *
 * @param {number} size
 * @param {number} factor
 * @returns {[number, number, number][]}
 */
function neighbours(size, factor) {
  return Array.from({ length: size * factor }, (_, index) => {
    const position = 2 * index + 1 - factor;
    const first = Math.floor(position / (2 * factor));
    return [Math.max(first, 0), Math.min(first + 1, size - 1), position - 2 * factor * first];
  });
}

/**
 * The share of ink in each pixel of a grid of another size that covers the same area.
 *
 * @param {Grid} mask
 * @param {number} height
 * @param {number} width
 * @returns {Grid} 255 is all ink
 */
export function resample(mask, height, width) {
  const area = mask.height * mask.width;
  const half = area >> 1;
  const narrow = new Int32Array(mask.height * width);
  for (const [column, before, shared] of overlaps(mask.width, width)) {
    for (let row = 0; row < mask.height; row++) {
      narrow[row * width + column] += shared * mask.values[row * mask.width + before];
    }
  }
  const covered = new Int32Array(height * width);
  for (const [row, before, shared] of overlaps(mask.height, height)) {
    for (let column = 0; column < width; column++) {
      covered[row * width + column] += shared * narrow[before * width + column];
    }
  }
  return makeGrid(
    height,
    width,
    Uint8Array.from(covered, (part) => Math.floor((255 * part + half) / area)),
  );
}

/**
 * Pixels of two grids over the same line that share something, and how much, in parts of 1 / (before × after).
 *
 * @param {number} before
 * @param {number} after
 * @returns {[after: number, before: number, shared: number][]}
 */
function overlaps(before, after) {
  /** @type {[number, number, number][]} */
  const pairs = [];
  for (let ours = 0; ours < after; ours++) {
    const last = Math.ceil(((ours + 1) * before) / after);
    for (let theirs = Math.floor((ours * before) / after); theirs < last; theirs++) {
      const shared = Math.min((ours + 1) * before, (theirs + 1) * after) - Math.max(ours * before, theirs * after);
      pairs.push([ours, theirs, shared]);
    }
  }
  return pairs;
}
