/**
 * Prints as JSON what the check of a device makes of images that get another answer, and of which engines it knows some.
 * Arguments as JSON: pairs of lists of flips, those found and those known; flips of a release, by format.
 *
 * @module
 */

import { judge, knownOf } from "../../web_demo/check.js";
import { ENGINES } from "../../web_demo/engines/catalogue.js";

/** @typedef {import("../../web_demo/golden.js").KnownFlip} KnownFlip */

/** @type {[KnownFlip[], KnownFlip[]][]} */
const cases = JSON.parse(process.argv[2]);
/** @type {Record<string, KnownFlip[]>} */
const release = JSON.parse(process.argv[3]);
const verdicts = cases.map(([flips, known]) => judge(flips, known));
console.log(JSON.stringify({ verdicts, known: Object.fromEntries(ENGINES.map(({ id }) => [id, tried(id)])) }));

/**
 * @param {string} id of an engine
 * @returns {KnownFlip[] | string} what is known of it, or what is said where nothing is
 */
function tried(id) {
  try {
    return knownOf(release, id);
  } catch (error) {
    return String(error);
  }
}
