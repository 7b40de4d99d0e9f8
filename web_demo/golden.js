/**
 * Test images with their labels and what the reference answers: golden.json describes golden.bin.
 *
 * @module
 */

import { fetchVerified } from "./integrity.js";

/** @typedef {{ id: number, candidate: number }} KnownFlip an image, and what an engine answered to it */

/**
 * @typedef {object} Golden
 * @property {number[]} shape of the images: count, height, width, channels
 * @property {Uint8Array<ArrayBuffer>} images row by row
 * @property {number[]} ids of the images in the test set
 * @property {number[]} labels indices of the contract's labels
 * @property {number} numHard the last so many are those that the reference is least sure of
 * @property {Float32Array} probabilities of the reference, count × labels
 * @property {Record<string, KnownFlip[]>} knownFlips by format, where an engine differed at the release
 */

/**
 * @param {import("./integrity.js").Site} site
 * @returns {Promise<Golden>}
 */
export async function loadGolden(site) {
  const [text, content] = await Promise.all(["golden.json", "golden.bin"].map((path) => fetchVerified(site, path)));
  return parseGolden(JSON.parse(new TextDecoder().decode(text)), content);
}

/**
 * @param {object} description
 * @param {number[]} description.shape
 * @param {number[]} description.ids
 * @param {number[]} description.labels
 * @param {number} description.num_hard
 * @param {Record<string, KnownFlip[]>} description.known_flips
 * @param {ArrayBuffer} content the images, then the probabilities as float32, little-endian
 * @returns {Golden}
 */
export function parseGolden({ shape, ids, labels, num_hard, known_flips }, content) {
  const numPixels = shape.reduce((product, size) => product * size, 1);
  return {
    shape,
    ids,
    labels,
    numHard: num_hard,
    knownFlips: known_flips,
    images: new Uint8Array(content, 0, numPixels),
    probabilities: new Float32Array(content.slice(numPixels)),
  };
}
