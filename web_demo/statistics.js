/**
 * Numbers about times.
 *
 * @module
 */

/**
 * @param {readonly number[]} values
 * @param {number} fraction 0.5 for the median
 * @returns {number} interpolated between the two values around it; NaN of none
 */
export function quantile(values, fraction) {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} the index of the largest
 */
export function indexOfLargest(values) {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    best = values[index] > values[best] ? index : best;
  }
  return best;
}
