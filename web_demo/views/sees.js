/**
 * What the network sees: the steps from the paper to its input, and the same without them.
 *
 * @module
 */

import { makeGrid, place } from "../preparation/grid.js";
import { describe } from "./answer.js";
import { element, icon, write } from "./dom.js";
import { fromByte, grey, paint, paper } from "./pictures.js";

/** @typedef {import("../store.js").State} State */

const INK_FRAME_PX = 2;
const VIEW_PX = 200;

/**
 * @param {HTMLElement} panel
 * @param {import("../session.js").Session} session
 * @returns {(state: State) => void}
 */
export function showSees(panel, { store, contract }) {
  const steps = ["found", "scaled", "centred"].map((name) => makeStep(name));
  const [found, scaled, centred] = steps;
  const naive = makeStep("naive");
  const verdicts = [centred, naive].map(({ figure }) => figure.appendChild(element("p", { class: "verdict" })));
  const toggle = element("input", { attributes: { type: "checkbox", role: "switch", id: "naive-switch" } });
  toggle.addEventListener("change", () => store.set({ isNaiveShown: toggle.checked }));
  const label = element("label", { attributes: { for: "naive-switch", "data-text": "sees.without" } });
  const reason = element("p", { class: "note", attributes: { "data-text": "sees.reason" } });
  panel.append(
    element("p", { attributes: { "data-text": "sees.intro" } }),
    element("div", { class: "steps" }, found.figure, icon("arrow"), scaled.figure, icon("arrow"), centred.figure),
    element("p", { class: "switch" }, toggle, label),
    element("div", { class: "without" }, naive.figure, reason),
  );
  const whole = element("canvas");
  return (state) => {
    const { answer, isNaiveShown, text, labels } = state;
    toggle.checked = isNaiveShown;
    naive.figure.parentElement?.toggleAttribute("hidden", !isNaiveShown);
    showFound(found.canvas, whole, answer);
    const { height, width } = contract.input;
    const box = contract.preprocessing.box_px;
    const { fitted, image } = answer?.preparation ?? {};
    paint(scaled.canvas, inMiddle(fitted, box), grey, fromByte);
    paint(centred.canvas, { height, width, values: image ?? new Uint8Array(height * width) }, grey, fromByte);
    const without = isNaiveShown ? answer?.naive : null;
    paint(naive.canvas, { height, width, values: without?.image ?? new Uint8Array(height * width) }, grey, fromByte);
    write(verdicts[0], answer ? describe(text, labels, answer.probabilities, answer.rejection) : "");
    write(verdicts[1], without ? describe(text, labels, without.probabilities, null) : "");
  };
}

/** @param {string} name */
function makeStep(name) {
  const canvas = element("canvas", { attributes: { role: "img", "data-label": `sees.${name}.label` } });
  const caption = element("figcaption", { attributes: { "data-text": `sees.${name}` } });
  return { canvas, figure: element("figure", { class: `step ${name}` }, canvas, caption) };
}

/**
 * The picture itself, with a frame around the ink that counts.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLCanvasElement} whole gets the picture in its own size
 * @param {import("../store.js").Answer | null} answer
 */
function showFound(canvas, whole, answer) {
  canvas.width = VIEW_PX;
  canvas.height = VIEW_PX;
  const context = canvas.getContext("2d");
  if (!answer || !context) {
    return;
  }
  const { height, width } = answer.grey;
  paint(whole, answer.grey, paper, fromByte);
  const scale = VIEW_PX / Math.max(height, width);
  context.translate((VIEW_PX - width * scale) / 2, (VIEW_PX - height * scale) / 2);
  context.drawImage(whole, 0, 0, width * scale, height * scale);
  const box = answer.preparation?.box;
  if (box) {
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--on-paper-accent");
    context.lineWidth = INK_FRAME_PX;
    const [left, top] = [box.left * scale - INK_FRAME_PX, box.top * scale - INK_FRAME_PX];
    const [right, bottom] = [box.right * scale + INK_FRAME_PX, box.bottom * scale + INK_FRAME_PX];
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

/**
 * @param {import("../preparation/grid.js").Grid | undefined} fitted
 * @param {number} side
 */
function inMiddle(fitted, side) {
  const part = fitted ?? makeGrid(0, 0);
  const [top, left] = [part.height, part.width].map((size) => Math.floor((side - size) / 2));
  return place(part, { top, left }, { height: side, width: side });
}
