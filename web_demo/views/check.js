/**
 * Check this device: one button, then a verdict in words, the figures, and the images that got another answer.
 *
 * @module
 */

import { engineName } from "../engines/catalogue.js";
import { element, icon, write } from "./dom.js";
import { fromByte, grey, paint } from "./pictures.js";
import { shortTime } from "./numbers.js";

/** @typedef {import("../store.js").State} State */
/** @typedef {import("../check.js").CheckResult} CheckResult */
/** @typedef {import("../golden.js").Golden} Golden */

const FIGURES = ["accuracy", "reference", "difference", "median", "p90", "load", "engine", "device"];

/**
 * @param {HTMLElement} panel
 * @param {import("../session.js").Session} session
 * @returns {(state: State) => void}
 */
export function showCheck(panel, session) {
  const button = element("button", { class: "main", attributes: { type: "button" } });
  button.addEventListener("click", () => session.toggleCheck());
  const progress = element("progress", { attributes: { "data-label": "check.progress" } });
  const count = element("p", { class: "note count", attributes: { role: "status" } });
  const verdict = element("p", { class: "verdict", attributes: { role: "status" } });
  const list = element("dl", { class: "figures" });
  const figures = FIGURES.map((name) => {
    const value = element("dd");
    list.append(element("div", {}, element("dt", { attributes: { "data-text": `check.${name}` } }), value));
    return value;
  });
  const note = element("p", { class: "note" });
  const flips = element("ul", { class: "flips" });
  const download = element("button", { attributes: { type: "button", "data-text": "check.download" } });
  const outcome = element("div", { class: "outcome" }, list, note, flips, download);
  panel.append(element("p", { attributes: { "data-text": "check.intro" } }), button, progress, count, verdict, outcome);
  let result = /** @type {CheckResult | null} */ (null);
  let text = /** @type {import("../i18n.js").Text | null} */ (null);
  download.addEventListener("click", () => result && save(result));
  return (state) => {
    const { check } = state;
    write(button, state.text(check.isRunning ? "check.stop" : "check.start"));
    button.disabled = state.engine.status !== "ready";
    progress.hidden = !check.isRunning;
    progress.max = check.total;
    progress.value = check.done;
    // Progress is told by its own element; only the end of it is news.
    count.setAttribute("aria-live", check.isRunning ? "off" : "polite");
    write(count, countOf(check, state.text));
    outcome.hidden = check.result === null;
    if (check.result !== result || state.text !== text) {
      [result, text] = [check.result, state.text];
      verdict.replaceChildren(...(result ? verdictOf(result, text) : []));
      const { golden } = session;
      figuresOf(result, text).forEach((value, index) => write(figures[index], value));
      write(note, golden ? text("check.hard", { hard: golden.numHard, all: golden.shape[0] }) : "");
      verdict.dataset.verdict = result?.verdict ?? "";
      flips.replaceChildren(...(result && golden ? flipPictures(result, golden, state) : []));
    }
  };
}

/**
 * @param {import("../store.js").Check} check
 * @param {import("../i18n.js").Text} text
 * @returns {string} empty before the first count, and after a run that came to its end
 */
function countOf({ isRunning, isStopped, done, total, result }, text) {
  if (!isStopped && !(isRunning && done)) {
    return "";
  }
  const key = isRunning ? "check.count" : done ? "check.stopped" : "check.stoppedEarly";
  return text(result ? `${key}Former` : key, { done, all: total });
}

/**
 * @param {CheckResult} result
 * @param {import("../i18n.js").Text} text
 * @returns {Node[]}
 */
function verdictOf({ num_images, flips, verdict }, text) {
  const same = num_images - flips.length;
  const words = text(`check.${verdict}`, { same, all: num_images, flips: flips.length });
  return [icon(verdict === "differs" ? "differs" : "same"), element("span", { text: words })];
}

/**
 * @param {CheckResult | null} result
 * @param {import("../i18n.js").Text} text
 * @returns {string[]} in the order of FIGURES
 */
function figuresOf(result, text) {
  if (!result) {
    return [];
  }
  const { device } = result;
  const cores = device.num_cores ? text("check.cores", { cores: device.num_cores }) : "";
  return [
    `${(result.accuracy * 100).toFixed(1)}\u00a0%`,
    `${(result.reference_accuracy * 100).toFixed(1)}\u00a0%`,
    smallPercent(result.max_probability_difference) || text("check.noNumber"),
    `${shortTime(result.median_s * 1000)} ms`,
    `${shortTime(result.p90_s * 1000)} ms`,
    `${shortTime(result.load_s * 1000)} ms`,
    [engineName(result.engine), result.renderer].filter(Boolean).join(" · "),
    [device.platform, cores, device.screen].filter(Boolean).join(" · "),
  ];
}

/**
 * @param {number} fraction
 * @returns {string} in %, with two digits that count; empty if it is no number
 */
function smallPercent(fraction) {
  if (Number.isNaN(fraction)) {
    return "";
  }
  const share = fraction * 100;
  const digits = share < 0.001 ? "<0.001" : share.toLocaleString("en", { maximumSignificantDigits: 2 });
  return `${digits}\u00a0%`;
}

/**
 * @param {CheckResult} result
 * @param {Golden} golden
 * @param {State} state
 * @returns {HTMLElement[]}
 */
function flipPictures({ flips }, { ids, shape, images }, { text, labels }) {
  const [, height, width] = shape;
  const size = images.length / shape[0];
  return flips.map(({ id, label, reference, candidate }) => {
    const canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
    const start = ids.indexOf(id) * size;
    paint(canvas, { height, width, values: images.subarray(start, start + size) }, grey, fromByte);
    const values = { label: labels[label], reference: labels[reference], candidate: labels[candidate] };
    return element("li", {}, canvas, element("span", { text: text("check.flip", values) }));
  });
}

/** @param {CheckResult} result */
function save(result) {
  const file = new Blob([`${JSON.stringify(result, null, 1)}\n`], { type: "application/json" });
  const link = element("a", { attributes: { href: URL.createObjectURL(file), download: fileName(result) } });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @param {CheckResult} result */
function fileName({ engine, date }) {
  return `device-${engine.replaceAll("/", "-")}-${date.slice(0, 10)}.json`;
}
