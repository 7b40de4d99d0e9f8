/**
 * Numbers as people read them.
 *
 * @module
 */

/** No network is as sure as its numbers say: beyond this, they are not told. */
export const ALMOST_CERTAIN = 0.99;

/**
 * @param {number} probability
 * @returns {string} in %
 */
export function percent(probability) {
  return probability > ALMOST_CERTAIN ? ">99" : String(Math.round(probability * 100));
}

/**
 * @param {number} milliseconds
 * @returns {string} with two digits that count; empty if there is none yet
 */
export function shortTime(milliseconds) {
  if (Number.isNaN(milliseconds)) {
    return "";
  }
  return milliseconds < 10 ? milliseconds.toFixed(milliseconds < 1 ? 2 : 1) : String(Math.round(milliseconds));
}

/**
 * @param {number} bytes
 * @returns {string} in KB of 1,000 bytes
 */
export function kilobytes(bytes) {
  return Math.ceil(bytes / 1000).toLocaleString("en");
}

/**
 * @param {import("../i18n.js").Text} text
 * @param {string} label of the contract
 * @returns {string} the label as a word, where the language has one for it
 */
export function nameOf(text, label) {
  const key = `label.${label}`;
  const name = text(key);
  return name === key ? label : name;
}
