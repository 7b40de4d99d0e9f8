/**
 * Inside the network: what each layer makes of the drawing, one map enlarged, and the pictures it finds most typical.
 *
 * @module
 */

import { mapOf } from "../model/layers.js";
import { tell } from "../session.js";
import { indexOfLargest, quantile } from "../statistics.js";
import { element, write } from "./dom.js";
import { showMap } from "./map.js";
import { paint, sequential } from "./pictures.js";
import { roving } from "./roving.js";
import { showTypical } from "./typical.js";

/** @typedef {import("../store.js").State} State */
/** @typedef {import("../model/layers.js").LayerMaps} LayerMaps */

/** Maps of a layer below each other. */
const MAX_ROWS = 11;

/**
 * @param {HTMLElement} panel
 * @param {import("../session.js").Session} session
 * @returns {(state: State) => void}
 */
export function showInside(panel, session) {
  const intro = element("p");
  const strip = element("div", { class: "strip" });
  const detail = element("div", { class: "map-detail" });
  const typical = element("div", { class: "typical" });
  const legend = makeLegend();
  panel.append(intro, strip, legend, detail, typical);
  const renderMap = showMap(detail);
  showTypical(typical, session).catch((error) => tell(session.store, "error.section", error));
  let columns = /** @type {LayerColumn[]} */ ([]);
  return (state) => {
    const { layers } = state;
    write(intro, state.text(introKey(state)));
    [strip, legend, detail].forEach((part) => (part.hidden = !layers?.length));
    if (!layers?.length) {
      return;
    }
    const map = state.map ?? [0, strongestMap(layers[0])];
    if (columns.map(({ shape }) => shape).join() !== layers.map(shapeOf).join()) {
      columns = layers.map(
        (layer, index) => new LayerColumn(layer, state.labels, (map) => session.store.set({ map: [index, map] })),
      );
      strip.replaceChildren(...columns.map(({ figure }) => figure));
    }
    columns.forEach((column, index) => column.show(state, layers[index], index, map[0] === index ? map[1] : -1));
    renderMap(layers, map, state);
  };
}

/**
 * @param {State} state
 * @returns {string} key of the sentence that says what is to be seen here, or why nothing is
 */
function introKey({ layers, engine }) {
  if (layers?.length) {
    return "inside.intro";
  }
  if (engine.status === "failed") {
    return "answer.none";
  }
  if (layers === null) {
    return engine.status === "loading" ? "answer.loading" : "inside.silent";
  }
  return "inside.blank";
}

/**
 * @param {LayerMaps} layer
 * @returns {number} the map that rises most above its own ground, which is most of the picture
 */
function strongestMap(layer) {
  const rises = Array.from({ length: layer.count }, (_, index) => {
    const values = [...mapOf(layer, index)];
    return Math.max(...values) - quantile(values, 0.5);
  });
  return indexOfLargest(rises);
}

function makeLegend() {
  const dark = element("span", { attributes: { "data-text": "inside.dark" } });
  const bright = element("span", { attributes: { "data-text": "inside.bright" } });
  const bar = element("canvas", { attributes: { "aria-hidden": "true" } });
  const values = Array.from({ length: 64 }, (_, step) => step / 63);
  paint(bar, { height: 1, width: 64, values }, sequential, (value) => value);
  return element("p", { class: "legend" }, dark, bar, bright);
}

/** A layer's maps, small, side by side. */
class LayerColumn {
  #title = element("span");
  #size = element("span");
  #canvases;
  #buttons;

  /**
   * @param {LayerMaps} layer
   * @param {readonly string[]} labels
   * @param {(map: number) => void} onChoose
   */
  constructor(layer, labels, onChoose) {
    this.shape = shapeOf(layer);
    this.#canvases = Array.from({ length: layer.count }, () =>
      element("canvas", { attributes: { "aria-hidden": "true" } }),
    );
    this.#buttons = this.#canvases.map((canvas, index) => {
      const button = element("button", { class: "map", attributes: { type: "button" } }, canvas);
      if (isAnswer(layer, labels)) {
        button.append(labels[index]);
      }
      button.addEventListener("click", () => onChoose(index));
      return button;
    });
    const group = element("div", { class: "maps", attributes: { role: "group" } }, ...this.#buttons);
    group.classList.toggle("labelled", isAnswer(layer, labels));
    roving(group, this.#buttons);
    this.group = group;
    group.style.setProperty("--rows", String(Math.ceil(layer.count / Math.ceil(layer.count / MAX_ROWS))));
    this.figure = element("figure", { class: "layer" }, element("figcaption", {}, this.#title, this.#size), group);
  }

  /**
   * @param {State} state
   * @param {LayerMaps} layer
   * @param {number} index
   * @param {number} chosen
   */
  show({ text, labels }, layer, index, chosen) {
    const { kind, height, width, count, values } = layer;
    const title = text(`inside.${kind}`, { index: index + 1 });
    write(this.#title, title);
    write(this.#size, height > 1 ? `${height}×${width}` : `${count}`);
    this.group.setAttribute("aria-label", title);
    const scale = scaleOf(layer);
    const pixels = new Float32Array(height * width);
    this.#canvases.forEach((canvas, map) => {
      for (let pixel = 0; pixel < pixels.length; pixel++) {
        pixels[pixel] = values[pixel * count + map];
      }
      paint(canvas, { height, width, values: pixels }, sequential, scale);
    });
    this.#buttons.forEach((button, map) => {
      button.setAttribute("aria-label", isAnswer(layer, labels) ? labels[map] : text("inside.map", { map: map + 1 }));
      button.setAttribute("aria-pressed", String(map === chosen));
    });
  }
}

/** @param {LayerMaps} layer */
function shapeOf({ kind, height, width, count }) {
  return `${kind} ${height} ${width} ${count}`;
}

/**
 * @param {LayerMaps} layer
 * @param {readonly string[]} labels
 */
export function isAnswer({ kind, count }, labels) {
  return kind === "dense" && count === labels.length;
}

/**
 * One scale for all maps of a layer: from nothing, or the least, to the most.
 *
 * @param {LayerMaps} layer
 * @returns {(value: number) => number}
 */
export function scaleOf({ values }) {
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low || 1;
  return (value) => (value - low) / range;
}
