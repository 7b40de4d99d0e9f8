/**
 * When there is no answer, by the rule of pipeline/rejection.py, and when one is too unsure to be shown as one.
 *
 * @module
 */

// Below it all other labels together are more likely than the first, and the page names the two that lead.
const MIN_PROBABILITY = 0.5;

/**
 * @param {Float32Array} probabilities of the labels
 * @param {number} noneProbability what the detector says
 * @param {import("./engines/runner.js").Contract} contract
 * @returns {"no digit" | "not sure" | null} null for an answer
 */
export function rejectionReason(probabilities, noneProbability, { rejection }) {
  if (noneProbability > rejection.max_none_probability) {
    return "no digit";
  }
  return Math.max(...probabilities) < MIN_PROBABILITY ? "not sure" : null;
}
