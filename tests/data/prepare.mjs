/**
 * Prints of which pictures web_demo/preprocess.js makes other bytes, or finds another skewness, than expected, and where
 * each picture has its symbol and whether it may have others:
 * node prepare.mjs contract.json preparation.json
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { skewnessOf } from "../../web_demo/preparation/ink.js";
import { prepareStepwise } from "../../web_demo/preprocess.js";

const contract = JSON.parse(readFileSync(process.argv[2], "utf8"));
const vectors = JSON.parse(readFileSync(process.argv[3], "utf8"));

/** @param {string | null} text */
const unpack = (text) => text && new Uint8Array(inflateSync(Buffer.from(text, "base64")));

const found = vectors.map((/** @type {any} */ { name, height, width, grey, expected, skewness }) => {
  const picture = { height, width, values: /** @type {Uint8Array} */ (unpack(grey)) };
  const preparation = prepareStepwise(picture, contract);
  const isSame =
    preparation?.image.join() === (unpack(expected) || undefined)?.join() &&
    (skewness === undefined || skewnessOf(picture) === skewness);
  return { name, isSame, box: preparation?.box ?? null, hasMore: preparation?.hasMore ?? false };
});
console.log(JSON.stringify(found));
