/**
 * For each label the picture that the network itself finds most typical.
 *
 * @module
 */

import { translate } from "../i18n.js";
import { fetchVerified } from "../integrity.js";
import { element } from "./dom.js";
import { fromByte, grey, paint } from "./pictures.js";

const FILE = "typical.bin";

/**
 * @param {HTMLElement} place stays empty if the site has no such pictures
 * @param {import("../session.js").Session} session
 */
export async function showTypical(place, { contract, site, store }) {
  if (!(FILE in site.files)) {
    return;
  }
  const bytes = new Uint8Array(await fetchVerified(site, FILE));
  const { height, width } = contract.input;
  const figures = contract.labels.map((label, index) => {
    const canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
    const values = bytes.subarray(index * height * width, (index + 1) * height * width);
    paint(canvas, { height, width, values }, grey, fromByte);
    return element("figure", {}, canvas, element("figcaption", { text: label }));
  });
  place.append(
    element("h3", { attributes: { "data-text": "inside.typical" } }),
    element("p", { attributes: { "data-text": "inside.typical.says" } }),
    element("div", { class: "gallery" }, ...figures),
  );
  translate(place, store.state.text);
}
