/**
 * The engines as a table to choose from: what each costs and how fast it is here.
 *
 * @module
 */

import { BACKEND_NAMES, ENGINES, groupName } from "../engines/catalogue.js";
import { quantile } from "../statistics.js";
import { element, write } from "./dom.js";
import { kilobytes, shortTime } from "./numbers.js";

/** @typedef {import("../store.js").State} State */
/** @typedef {import("../engines/catalogue.js").Engine} Engine */

const COLUMNS = ["engine", "wire", "load", "median", "p90"];

/**
 * @param {HTMLElement} panel
 * @param {import("../session.js").Session} session
 * @returns {(state: State) => void}
 */
export function showEngines(panel, session) {
  const headings = COLUMNS.map((name) =>
    element("th", { attributes: { scope: "col", "data-text": `engines.${name}` } }),
  );
  const rows = ENGINES.map((engine) => new EngineRow(engine, session));
  const groups = [...new Set(ENGINES.map(groupName))].map((group) => {
    const heading = element("th", {
      text: group,
      attributes: { scope: "rowgroup", colspan: String(COLUMNS.length) },
    });
    const members = rows.filter(({ engine }) => groupName(engine) === group);
    return element("tbody", {}, element("tr", { class: "group" }, heading), ...members.map(({ row }) => row));
  });
  session.findUnsupported();
  panel.append(
    element("p", { attributes: { "data-text": "engines.intro" } }),
    element(
      "table",
      { class: "engines" },
      element("caption", { class: "hidden-text", attributes: { "data-text": "engines.title" } }),
      element("thead", {}, element("tr", {}, ...headings)),
      ...groups,
    ),
    element("p", { class: "note", attributes: { "data-text": "engines.note" } }),
  );
  return (state) => rows.forEach((row) => row.show(state));
}

class EngineRow {
  #input;
  #label;
  #status = element("span", { class: "status" });
  #cells;
  #reason = element("td", { attributes: { colspan: String(COLUMNS.length - 2) } });
  #bytes;

  /**
   * @param {Engine} engine
   * @param {import("../session.js").Session} session
   */
  constructor(engine, session) {
    this.engine = engine;
    this.#bytes = session.wireBytes(engine.id);
    const id = `engine-${engine.id.replaceAll("/", "-")}`;
    this.#input = element("input", { attributes: { type: "radio", name: "engine", id, value: engine.id } });
    // A click also on the chosen one, which may have failed; arrow keys click too.
    this.#input.addEventListener("click", () => session.chooseEngine(engine.id));
    const name = element("span", { text: BACKEND_NAMES[engine.backend] });
    this.#label = element("label", { attributes: { for: id } }, name, this.#status);
    const title = element("th", { attributes: { scope: "row" } });
    title.append(element("div", { class: "name" }, this.#input, this.#label));
    this.#cells = COLUMNS.slice(1).map(() => element("td"));
    this.row = element("tr", {}, title, ...this.#cells, this.#reason);
  }

  /** @param {State} state */
  show({ text, engine, timings, unsupported }) {
    const { id } = this.engine;
    const isChosen = engine.id === id;
    const problem = isChosen ? engine.problem : undefined;
    const reason = problem?.key ?? unsupported[id];
    const timing = timings[id];
    const answers = timing?.answers_ms ?? [];
    this.#input.checked = isChosen;
    this.#input.disabled = id in unsupported;
    this.row.classList.toggle("chosen", isChosen);
    this.row.classList.toggle("unsupported", id in unsupported);
    write(this.#status, isChosen ? text(`engines.${engine.status}`) : "");
    const numbers = [
      kilobytes(this.#bytes),
      shortTime(timing ? timing.load_ms : NaN),
      shortTime(quantile(answers, 0.5)),
      shortTime(quantile(answers, 0.9)),
    ];
    this.#cells.forEach((cell, index) => write(cell, numbers[index] || "–"));
    // Of what cannot run, or did not start, there are no times: the reason takes their place.
    this.#cells.slice(1).forEach((cell) => (cell.hidden = reason !== undefined));
    this.#reason.hidden = reason === undefined;
    write(this.#reason, reason ? text(reason, problem?.values) : "");
  }
}
