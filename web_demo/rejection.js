/**
 * When the network's answer is none.
 *
 * @module
 */

// Below it, all other labels together are more likely than the first.
const MIN_PROBABILITY = 0.5;

/**
 * @param {Uint8Array} image the model's input
 * @param {Float32Array} probabilities
 * @param {object} contract what contract.json says
 * @returns {string | null} "not sure", or null for an answer
 */
export function rejectionReason(image, probabilities, contract) {
  return Math.max(...probabilities) < MIN_PROBABILITY ? "not sure" : null;
}
