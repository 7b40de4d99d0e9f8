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
    bars.forEach((bar, index) => bar.show(probabilities?.[index], index === best));
  };
}

class Bar {
  #fill = element("span", { class: "fill" });
  #number = element("span", { class: "number" });

  /** @param {string} label */
  constructor(label) {
    const track = element("span", { class: "track" }, this.#fill);
    this.item = element("li", {}, this.#number, track, element("span", { class: "label", text: label }));
  }

  /**
   * @param {number | undefined} probability
   * @param {boolean} isBest
   */
  show(probability, isBest) {
    this.item.classList.toggle("best", isBest);
    this.#fill.style.setProperty("--share", String(probability ?? 0));
    write(this.#number, probability === undefined ? "" : percent(probability));
  }
}

/**
 * @param {State} state
 * @returns {string}
 */
export function sentenceFor({ text, labels, answer, engine, problem }) {
  if (!answer?.probabilities && engine.status !== "ready") {
    return text(problem ? "answer.none" : "answer.loading");
  }
  if (!answer) {
    return text("answer.nothing");
  }
  return describe(text, labels, answer.probabilities, answer.rejection);
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
    const name = nameOf(text, labels[best]);
    const isCertain = probabilities[best] > ALMOST_CERTAIN;
    return text(isCertain ? "answer.certain" : "answer.sure", { name, percent: percent(probabilities[best]) });
  }
  const second = indexOfLargest(probabilities.map((value, index) => (index === best ? -1 : value)));
  return text(`answer.${rejection}`, { first: labels[best], second: labels[second] });
}
