/**
 * Thin strokes become as thick as the thin ones that the model has seen; the twin of pipeline/preparation/stroke.py.
 *
 * @module
 */

import { count, makeGrid } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */

const MIN_WIDTH_PERCENT = 9;

/**
 * Draws thin strokes with a round pen of the right width.
 *
 * @param {Grid} mask
 * @returns {Grid} larger by the same margin on all sides; the mask itself if its strokes are thick enough
 */
export function thicken(mask) {
  const lacking = MIN_WIDTH_PERCENT * Math.max(mask.height, mask.width) - strokeWidth(mask);
  const radius = Math.floor((lacking * 100) / (2 * (100 - MIN_WIDTH_PERCENT)));
  const radiusSquared = Math.floor((radius * radius + 5_000) / 10_000);
  return radius < 0 || radiusSquared < 1 ? mask : dilate(mask, radiusSquared);
}

/**
 * The mean width of strokes in hundredths of a pixel.
 *
 * @param {Grid} mask
 * @returns {number}
 */
export function strokeWidth({ height, width, values }) {
  let outline = 0;
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column <= width; column++) {
      const index = row * width + column;
      const here = row < height && column < width ? values[index] : 0;
      const above = row > 0 && column < width ? values[index - width] : 0;
      const before = column > 0 && row < height ? values[index - 1] : 0;
      outline += (here ^ above) + (here ^ before);
    }
  }
  return Math.floor((256 * count(values)) / outline);
}

/**
 * All pixels within a distance of the ink.
 *
 * @param {Grid} mask
 * @param {number} radiusSquared
 * @returns {Grid}
 */
function dilate(mask, radiusSquared) {
  const radius = Math.floor(Math.sqrt(radiusSquared));
  const grown = makeGrid(mask.height + 2 * radius, mask.width + 2 * radius);
  // The pen's rows: how far each one reaches to the left and to the right.
  const reaches = Array.from({ length: 2 * radius + 1 }, (_, row) =>
    Math.floor(Math.sqrt(radiusSquared - (row - radius) * (row - radius))),
  );
  for (let row = 0; row < mask.height; row++) {
    for (let column = 0; column < mask.width; column++) {
      if (isOnOutline(mask, row, column)) {
        for (let offset = 0; offset <= 2 * radius; offset++) {
          const middle = (row + offset) * grown.width + column + radius;
          grown.values.fill(1, middle - reaches[offset], middle + reaches[offset] + 1);
        }
      } else if (mask.values[row * mask.width + column]) {
        grown.values[(row + radius) * grown.width + column + radius] = 1;
      }
    }
  }
  return grown;
}

/**
 * Ink beside paper: a pen that follows the outline also reaches all that the inner pixels would.
 *
 * @param {Grid} mask
 * @param {number} row
 * @param {number} column
 * @returns {boolean}
 */
function isOnOutline({ height, width, values }, row, column) {
  const index = row * width + column;
  if (!values[index]) {
    return false;
  }
  const isInside = row > 0 && column > 0 && row + 1 < height && column + 1 < width;
  return !(isInside && values[index - 1] && values[index + 1] && values[index - width] && values[index + width]);
}
