/**
 * One map of a layer, enlarged, with the kernel that makes it and a sentence about both.
 *
 * @module
 */

import { kernelOf, mapOf } from "../model/layers.js";
import { element, write } from "./dom.js";
import { isAnswer, scaleOf } from "./inside.js";
import { nameOf } from "./numbers.js";
import { diverging, paint, sequential } from "./pictures.js";

/** @typedef {import("../store.js").State} State */
/** @typedef {import("../model/layers.js").LayerMaps} LayerMaps */

/**
 * @param {HTMLElement} detail
 * @returns {(layers: readonly LayerMaps[], map: readonly [layer: number, map: number], state: State) => void}
 */
export function showMap(detail) {
  const canvas = element("canvas", { class: "enlarged", attributes: { role: "img" } });
  const title = element("h3");
  const sentence = element("p");
  const strength = element("p", { class: "note" });
  const kernelTitle = element("p", { class: "note" });
  const kernel = element("div", { class: "kernel", attributes: { "aria-hidden": "true" } });
  const legend = element("p", { class: "note", attributes: { "data-text": "inside.kernel.legend" } });
  const words = element("div", {}, title, sentence, strength, kernelTitle, kernel, legend);
  detail.append(canvas, words);
  let shown = "";
  return (layers, [depth, index], { text, labels }) => {
    const layer = layers[depth];
    const isOneValue = layer.height * layer.width === 1;
    const values = mapOf(layer, index);
    paint(canvas, { ...layer, values }, sequential, scaleOf(layer));
    const value = Math.max(...values).toFixed(1);
    const layerName = text(`inside.${layer.kind}`, { index: depth + 1 });
    const own = isAnswer(layer, labels) ? nameOf(text, labels[index]) : text("inside.map", { map: index + 1 });
    const name = `${layerName} · ${own}`;
    write(title, name);
    canvas.setAttribute("aria-label", name);
    write(sentence, text(sentenceKey(layers, depth, labels), { value, map: index + 1 }));
    // The sentence about a single value tells it.
    strength.hidden = isOneValue;
    write(strength, text("inside.strength", { value }));
    write(kernelTitle, kernelWords(text, layer));
    legend.hidden = layer.kernel === null;
    const chosen = `${layer.kernel?.shape} ${depth} ${index}`;
    if (chosen !== shown) {
      shown = chosen;
      kernel.replaceChildren(...kernelPictures(layer, index));
    }
  };
}

/**
 * @param {readonly LayerMaps[]} layers
 * @param {number} index
 * @param {readonly string[]} labels
 * @returns {string} key of the sentence about a layer: what it does, and how deep it lies
 */
function sentenceKey(layers, index, labels) {
  const { kind } = layers[index];
  if (kind !== "convolution") {
    return isAnswer(layers[index], labels) ? "inside.says.answer" : `inside.says.${kind}`;
  }
  const depths = layers.flatMap((layer, at) => (layer.kind === kind ? [at] : []));
  const depth = depths.indexOf(index);
  const place = depth === 0 ? "first" : depth === depths.length - 1 ? "last" : "middle";
  return `inside.says.${place}`;
}

/**
 * @param {import("../i18n.js").Text} text
 * @param {LayerMaps} layer
 */
function kernelWords(text, { kernel }) {
  if (kernel === null) {
    return "";
  }
  const [height, width, inputs] = kernel.shape.length === 4 ? kernel.shape : [1, 1, kernel.shape[0]];
  return text(inputs === 1 ? "inside.kernel.one" : "inside.kernel.many", { size: `${height}×${width}`, inputs });
}

/**
 * @param {LayerMaps} layer
 * @param {number} index
 * @returns {HTMLCanvasElement[]} one for each map before it, all on one scale
 */
function kernelPictures({ kernel }, index) {
  if (kernel === null) {
    return [];
  }
  const { height, width, parts } = kernelOf(kernel, index);
  const largest = Math.max(...parts.flatMap((part) => Array.from(part, Math.abs))) || 1;
  return parts.map((values) => {
    const canvas = element("canvas");
    paint(canvas, { height, width, values }, diverging, (value) => 0.5 + value / largest / 2);
    return canvas;
  });
}
