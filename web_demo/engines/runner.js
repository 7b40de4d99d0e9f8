/**
 * A loaded engine, whichever it is.
 *
 * @module
 */

import { imported } from "../integrity.js";
import { getEngine } from "./catalogue.js";

/** @typedef {import("../model/layers.js").LayerMaps} LayerMaps */
/** @typedef {import("../preprocess.js").Contract & Labelled} Contract */

/**
 * @typedef {object} Labelled
 * @property {string[]} labels
 * @property {{ max_none_probability: number }} rejection
 */

/**
 * @typedef {object} Runner
 * @property {string} device what it computes on, as the browser tells it; empty for the processor
 * @property {(pixels: Uint8Array<ArrayBuffer>, count: number) => Promise<Float32Array>} predict count × labels
 * @property {(image: Uint8Array<ArrayBuffer>) => Promise<number>} detect the probability that an image shows none of the
 *   labels
 * @property {((image: Uint8Array<ArrayBuffer>) => Promise<LayerMaps[]>) | null} trace what its layers make of an image; null
 *   if it does not tell
 * @property {() => void} dispose
 */

/** @type {Record<string, () => Promise<{ start: (...request: Request) => Promise<Runner> }>>} */
const LIBRARIES = {
  tfjs: () => imported("engines/tfjs.js", import("./tfjs.js")),
  litert: () => imported("engines/litert.js", import("./litert.js")),
};

/** @typedef {[engine: import("./catalogue.js").Engine, site: import("../integrity.js").Site, contract: Contract]} Request */

/**
 * The one engine that is in use. Whatever is asked of it waits for what was asked before.
 */
export class EngineRoom {
  #site;
  #contract;
  #runner = /** @type {Runner | null} */ (null);
  #last = /** @type {Promise<unknown>} */ (Promise.resolve());

  /**
   * @param {import("../integrity.js").Site} site
   * @param {Contract} contract
   */
  constructor(site, contract) {
    this.#site = site;
    this.#contract = contract;
  }

  /**
   * Replaces the engine by another one, which has answered once when this is done.
   *
   * @param {string} id
   * @param {number} [since] when its start began, by the page's clock; without it, when its turn comes
   * @returns {Promise<number>} how long it took, in ms: code, models, backend and that first answer
   */
  start(id, since) {
    return this.#queue(async () => {
      const started = since ?? performance.now();
      this.#runner?.dispose();
      this.#runner = null;
      const engine = getEngine(id);
      const { start } = await LIBRARIES[engine.library]();
      const runner = await start(engine, this.#site, this.#contract);
      const { height, width, channels } = this.#contract.input;
      const blank = new Uint8Array(height * width * channels);
      try {
        await runner.predict(blank, 1);
        await runner.detect(blank);
      } catch (error) {
        runner.dispose();
        throw error;
      }
      this.#runner = runner;
      return performance.now() - started;
    });
  }

  /**
   * @template T
   * @param {(runner: Runner) => Promise<T>} work
   * @returns {Promise<T | null>} null if no engine runs
   */
  use(work) {
    return this.#queue(async () => this.#runner && work(this.#runner));
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #queue(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
