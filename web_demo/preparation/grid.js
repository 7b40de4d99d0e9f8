/**
 * Pictures and masks: bytes row by row.
 *
 * @module
 */

/**
 * @typedef {object} Grid
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} values height × width; of a mask 1 is ink
 */

/**
 * @typedef {object} Box rows from top to bottom and columns from left to right, the ends not included
 * @property {number} top
 * @property {number} left
 * @property {number} bottom
 * @property {number} right
 */

/**
 * @param {number} height
 * @param {number} width
 * @param {Uint8Array} [values]
 * @returns {Grid}
 */
export function makeGrid(height, width, values = new Uint8Array(height * width)) {
  return { height, width, values };
}

/**
 * @param {Grid} grid
 * @param {Box} box
 * @returns {Grid}
 */
export function crop({ width, values }, { top, left, bottom, right }) {
  const part = makeGrid(bottom - top, right - left);
  for (let row = top; row < bottom; row++) {
    part.values.set(values.subarray(row * width + left, row * width + right), (row - top) * part.width);
  }
  return part;
}

/**
 * The opposite of `crop`.
 *
 * @param {Grid} part
 * @param {{ top: number, left: number }} corner
 * @param {{ height: number, width: number }} size
 * @returns {Grid} of that size, 0 around the part
 */
export function place(part, { top, left }, { height, width }) {
  const whole = makeGrid(height, width);
  for (let row = 0; row < part.height; row++) {
    whole.values.set(part.values.subarray(row * part.width, (row + 1) * part.width), (top + row) * width + left);
  }
  return whole;
}

/**
 * @param {Grid} grid
 * @returns {Grid}
 */
export function transpose({ height, width, values }) {
  const turned = makeGrid(width, height);
  for (let row = 0, from = 0; row < height; row++) {
    for (let to = row, column = 0; column < width; column++, from++, to += height) {
      turned.values[to] = values[from];
    }
  }
  return turned;
}

/**
 * @param {Uint8Array} mask
 * @returns {number} how many values are 1
 */
export function count(mask) {
  let sum = 0;
  for (let index = 0; index < mask.length; index++) {
    sum += mask[index];
  }
  return sum;
}
