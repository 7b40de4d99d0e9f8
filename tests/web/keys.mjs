/**
 * Prints, for each language of the page, its keys with the names that their strings hold.
 *
 * @module
 */

import { LANGUAGES } from "../../web_demo/i18n.js";

const found = /** @type {Record<string, Record<string, string[]>>} */ ({});
for (const [language, { load }] of Object.entries(LANGUAGES)) {
  const { default: strings } = await load();
  found[language] = Object.fromEntries(
    Object.entries(strings).map(([key, string]) => [key, [...new Set(string.match(/\{\w+\}/g))].sort()]),
  );
}
console.log(JSON.stringify(found));
