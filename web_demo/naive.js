/**
 * The model's input without preparation: the whole picture, only made small. It is there to show what preparation is for.
 *
 * @module
 */

/** @typedef {import("./preparation/grid.js").Grid} Grid */

/**
 * @param {Grid} grey
 * @param {import("./preprocess.js").Contract} contract
 * @returns {Uint8Array<ArrayBuffer>} height × width × channels: means of the parts of the picture, dark taken for ink
 */
export function shrink(grey, { input }) {
  const { height, width, channels, polarity } = input;
  const flip = polarity === "bright_on_dark" ? 255 : 0;
  const image = new Uint8Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const rows = part(row, height, grey.height);
      const columns = part(column, width, grey.width);
      const start = (row * width + column) * channels;
      image.fill(meanOf(grey, rows, columns) ^ flip, start, start + channels);
    }
  }
  return image;
}

/**
 * @param {number} index
 * @param {number} count of equal parts
 * @param {number} size
 * @returns {[start: number, end: number]} the pixels that a part touches
 */
function part(index, count, size) {
  return [Math.floor((index * size) / count), Math.ceil(((index + 1) * size) / count)];
}

/**
 * @param {Grid} grey
 * @param {[number, number]} rows
 * @param {[number, number]} columns
 */
function meanOf({ width, values }, [top, bottom], [left, right]) {
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      sum += values[row * width + column];
    }
  }
  return Math.round(sum / ((bottom - top) * (right - left)));
}
