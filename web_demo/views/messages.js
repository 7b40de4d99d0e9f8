/**
 * What the page has to say besides its answer: problems, a newer version, and the answer for a screen reader.
 *
 * @module
 */

import { moreFor, sentenceFor } from "./answer.js";
import { find, write } from "./dom.js";

/** A screen reader hears an answer once it has stood so long. */
const REST_MS = 700;

/**
 * @param {Document} document
 * @returns {(state: import("../store.js").State) => void}
 */
export function showMessages(document) {
  const problem = find(document, "#problem", HTMLElement);
  const update = find(document, "#update", HTMLElement);
  const spoken = find(document, "#spoken", HTMLElement);
  let apply = /** @type {(() => void) | null} */ (null);
  let said = "";
  let timer = 0;
  find(update, "button", HTMLButtonElement).addEventListener("click", () => apply?.());
  return (state) => {
    apply = state.update;
    update.hidden = apply === null;
    problem.hidden = state.problem === null;
    write(problem, state.problem ? state.text(state.problem.key, state.problem.values) : "");
    const sentence = [sentenceFor(state), moreFor(state)].filter(Boolean).join(" – ");
    if (sentence !== said) {
      said = sentence;
      clearTimeout(timer);
      timer = window.setTimeout(() => write(spoken, sentence), REST_MS);
    }
  };
}
