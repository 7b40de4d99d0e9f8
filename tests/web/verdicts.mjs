/**
 * Prints as JSON what the check of a device makes of images that get another answer.
 * Argument: pairs of lists of ids as JSON, those found and those known.
 *
 * @module
 */

import { judge } from "../../web_demo/check.js";

/** @type {[number[], number[]][]} */
const cases = JSON.parse(process.argv[2]);
console.log(JSON.stringify(cases.map(([flips, known]) => judge(flips, known))));
