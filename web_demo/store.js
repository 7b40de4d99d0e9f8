/**
 * The page's state: one small object that is replaced, never changed, and whoever wants to hear of it.
 *
 * @module
 */

/** @typedef {import("./i18n.js").Text} Text */
/** @typedef {import("./preprocess.js").Preparation} Preparation */
/** @typedef {import("./preparation/grid.js").Grid} Grid */
/** @typedef {import("./model/layers.js").LayerMaps} LayerMaps */
/** @typedef {import("./check.js").CheckResult} CheckResult */

/**
 * What the network says of the picture on the paper.
 *
 * @typedef {object} Answer
 * @property {Grid} grey the picture itself
 * @property {Preparation | null} preparation null if nothing is drawn
 * @property {Float32Array | null} probabilities
 * @property {string | null} rejection why there is none, or they are no answer
 * @property {{ image: Uint8Array, probabilities: Float32Array } | null} naive the same without preparation, if asked for
 */

/** @typedef {{ key: string, values?: Record<string, string> }} Problem what went wrong, as a string's key */

/**
 * @typedef {object} Choice which engine runs, and how far it is
 * @property {string} id of engines/catalogue.js
 * @property {"loading" | "ready" | "failed"} status
 * @property {Problem} [problem] why it failed, in its own row of the table
 */

/** @typedef {{ load_ms: number, answers_ms: readonly number[] }} Timing the newest answers last */

/**
 * @typedef {object} Check a run of the shipped images
 * @property {boolean} isRunning
 * @property {boolean} isStopped the visitor stopped the last run
 * @property {number} done images so far; if it was stopped, until then
 * @property {number} total
 * @property {CheckResult | null} result of the last run that came to its end
 */

/**
 * @typedef {object} State
 * @property {Text} text the strings of the chosen language
 * @property {readonly string[]} labels
 * @property {Choice} engine
 * @property {Record<string, string>} unsupported why an engine cannot run here, by its id
 * @property {Record<string, Timing>} timings by the engine's id
 * @property {Answer | null} answer
 * @property {readonly string[]} open sections, the last opened at the end
 * @property {boolean} isNaiveShown
 * @property {readonly LayerMaps[] | null} layers what each layer makes of the picture; none of a blank one; null if the
 *   engine does not tell
 * @property {readonly [layer: number, map: number] | null} map that is shown large, if the visitor chose one
 * @property {Check} check
 * @property {Problem | null} problem
 * @property {(() => void) | null} update puts a newer version of the page in place
 */

export class Store {
  #listeners = /** @type {((state: State) => void)[]} */ ([]);

  /** @param {State} state */
  constructor(state) {
    this.state = state;
  }

  /** @param {Partial<State>} changes */
  set(changes) {
    this.state = { ...this.state, ...changes };
    this.#listeners.forEach((listener) => listener(this.state));
  }

  /** @param {(state: State) => void} listener called now and after each change */
  watch(listener) {
    this.#listeners.push(listener);
    listener(this.state);
  }
}
