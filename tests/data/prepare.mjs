/**
 * Prints the names of the pictures from which web_demo/preprocess.js makes other bytes than expected:
 * node prepare.mjs contract.json preparation.json
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { prepare } from "../../web_demo/preprocess.js";

const contract = JSON.parse(readFileSync(process.argv[2], "utf8"));
const vectors = JSON.parse(readFileSync(process.argv[3], "utf8"));

/** @param {string | null} text */
const unpack = (text) => text && new Uint8Array(inflateSync(Buffer.from(text, "base64")));

const different = vectors.filter((/** @type {any} */ { height, width, grey, expected }) => {
  const image = prepare({ height, width, values: /** @type {Uint8Array} */ (unpack(grey)) }, contract);
  return image?.join() !== (unpack(expected) || undefined)?.join();
});
console.log(JSON.stringify({ count: vectors.length, different: different.map((/** @type {any} */ { name }) => name) }));
