/**
 * The card with the answer: the label large, a sentence, a bar for each label.
 *
 * @module
 */

import { indexOfLargest } from "../statistics.js";
import { element, find, write } from "./dom.js";
import { ALMOST_CERTAIN, nameOf, percent } from "./numbers.js";

/** @typedef {import("../store.js").State} State */

/**
 * @param {HTMLElement} card
 * @returns {(state: State) => void}
 */
export function showAnswer(card) {
  const symbol = find(card, ".symbol", HTMLElement);
  const sentence = find(card, ".sentence", HTMLElement);
  const list = find(card, ".bars", HTMLElement);
  const more = element("p", { class: "more" });
  sentence.after(more);
  /** @type {Bar[]} */
  let bars = [];
  return (state) => {
    if (bars.length !== state.labels.length) {
      bars = state.labels.map((label) => new Bar(label));
      list.replaceChildren(...bars.map(({ item }) => item));
    }
    const { probabilities = null, rejection = null } = state.answer ?? {};
    const best = probabilities && !rejection ? indexOfLargest(probabilities) : -1;
    write(symbol, probabilities ? (state.labels[best] ?? "?") : "");
    card.dataset.state = probabilities ? (rejection ? "rejected" : "sure") : "empty";
    write(sentence, sentenceFor(state));
    write(more, moreFor(state));
    bars.forEach((bar, index) => bar.show(state.text, probabilities?.[index], index === best));
  };
}

class Bar {
  #label;
  #fill = element("span", { class: "fill" });
  #number = element("span", { class: "number" });
  #heard = element("span", { class: "hidden-text" });

  /** @param {string} label */
  constructor(label) {
    this.#label = label;
    const track = element("span", { class: "track" }, this.#fill);
    const seen = [this.#number, track, element("span", { class: "label", text: label })];
    seen.forEach((part) => part.setAttribute("aria-hidden", "true"));
    this.item = element("li", {}, ...seen, this.#heard);
  }

  /**
   * @param {import("../i18n.js").Text} text
   * @param {number | undefined} probability
   * @param {boolean} isBest
   */
  show(text, probability, isBest) {
    this.item.classList.toggle("best", isBest);
    this.#fill.style.setProperty("--share", String(probability ?? 0));
    write(this.#number, probability === undefined ? "" : percent(probability));
    write(this.#heard, probability === undefined ? this.#label : howSure(text, this.#label, probability));
  }
}

/**
 * @param {State} state
 * @returns {string}
 */
export function sentenceFor({ text, labels, answer, engine }) {
  if (!answer?.probabilities && engine.status !== "ready") {
    return text(engine.status === "failed" ? "answer.none" : "answer.loading");
  }
  if (!answer) {
    return text("answer.nothing");
  }
  return describe(text, labels, answer.probabilities, answer.rejection);
}

/**
 * @param {State} state
 * @returns {string} that the answer may not be for all that is on the paper, if there is one
 */
export function moreFor({ text, answer }) {
  const isRead = answer?.probabilities && answer.rejection !== "no digit";
  return isRead && answer.preparation?.hasMore ? text("answer.more") : "";
}

/**
 * @param {import("../i18n.js").Text} text
 * @param {readonly string[]} labels
 * @param {Float32Array | null} probabilities
 * @param {string | null} rejection
 * @returns {string}
 */
export function describe(text, labels, probabilities, rejection) {
  if (!probabilities) {
    return text(`answer.${rejection ?? "nothing"}`);
  }
  const best = indexOfLargest(probabilities);
  if (!rejection) {
    return howSure(text, nameOf(text, labels[best]), probabilities[best]);
  }
  const second = indexOfLargest(probabilities.map((value, index) => (index === best ? -1 : value)));
  return text(`answer.${rejection}`, { first: labels[best], second: labels[second] });
}

/**
 * @param {import("../i18n.js").Text} text
 * @param {string} name of a label
 * @param {number} probability
 * @returns {string}
 */
function howSure(text, name, probability) {
  return text(probability > ALMOST_CERTAIN ? "answer.certain" : "answer.sure", { name, percent: percent(probability) });
}
