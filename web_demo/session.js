/**
 * What the visitor does with the network: answers, changes of engine, and checks of the device. All of it ends up in the
 * state; nothing here knows how it is shown.
 *
 * @module
 */

import { answering } from "./answering.js";
import { DEFAULT_ENGINE, getEngine } from "./engines/catalogue.js";
import { imported, IntegrityError } from "./integrity.js";
import { newestWins } from "./newest.js";

/** @typedef {import("./store.js").Store} Store */

export class Session {
  #store;
  #room;
  #defaultLoad;
  #checking = /** @type {AbortController | null} */ (null);
  #golden = /** @type {import("./golden.js").Golden | null} */ (null);
  /** Stands for the newest start of an engine. */
  #starting = {};

  /**
   * @param {object} parts
   * @param {Store} parts.store
   * @param {import("./paper.js").Paper} parts.paper
   * @param {() => boolean} parts.wantsLayers
   * @param {import("./ahead.js").HeadStart} parts.headStart
   */
  constructor({ store, paper, wantsLayers, headStart: { site, contract, room, defaultLoad } }) {
    this.site = site;
    this.contract = contract;
    this.store = this.#store = store;
    this.#room = room;
    this.#defaultLoad = defaultLoad;
    const answer = answering({ store, paper, room, contract, wantsLayers });
    /** Asks for an answer for what is on the paper. */
    this.ask = newestWins(() => answer().catch((error) => this.#fail("error.answer", error)));
  }

  /** The images of the last check. */
  get golden() {
    return this.#golden;
  }

  /** @returns {Promise<void>} when the default engine runs, which is starting already, or has failed */
  useDefaultEngine() {
    return this.#useEngine(DEFAULT_ENGINE, this.#defaultLoad);
  }

  /**
   * @param {string} id of another engine, or of one that failed and may start now
   * @returns {Promise<void>} when it runs, or has failed
   */
  async chooseEngine(id) {
    const { engine } = this.#store.state;
    if (id !== engine.id || engine.status === "failed") {
      await this.#useEngine(id, this.#room.start(id));
    }
  }

  /**
   * @param {string} id
   * @param {Promise<number>} load how long its start takes, in ms
   */
  async #useEngine(id, load) {
    this.#stopCheck();
    const mine = (this.#starting = {});
    this.#store.set({
      engine: { id, status: "loading" },
      check: { ...this.#store.state.check, isStopped: false, done: 0, result: null },
      problem: null,
    });
    const outcome = await load.then(
      (load_ms) => () => this.#finish(id, load_ms),
      (error) => () => this.#failToStart(id, error),
    );
    // Of a start that the visitor no longer waits for, the end says nothing about the engine that they chose since.
    if (this.#starting === mine) {
      outcome();
    }
  }

  /** Finds out which engines this browser cannot run. */
  async findUnsupported() {
    try {
      const { findUnsupported } = await imported("engines/support.js", import("./engines/support.js"));
      this.#store.set({ unsupported: await findUnsupported() });
    } catch (error) {
      this.#fail("error.section", error);
    }
  }

  /** Runs the shipped images, or stops that. */
  async toggleCheck() {
    if (this.#checking) {
      this.#stopCheck();
      return;
    }
    const own = (this.#checking = new AbortController());
    try {
      this.#showCheck({ isRunning: true, isStopped: false, done: 0 });
      this.#showCheck({ isRunning: false, done: 0, result: await this.#check(own.signal) });
    } catch (error) {
      if (own.signal.aborted) {
        return;
      }
      this.#showCheck({ isRunning: false, done: 0 });
      this.#fail("error.answer", error);
    } finally {
      if (this.#checking === own) {
        this.#checking = null;
      }
    }
  }

  /** What still runs of it notices at its next step; another one may start before. */
  #stopCheck() {
    if (this.#checking) {
      this.#checking.abort();
      this.#checking = null;
      this.#showCheck({ isRunning: false, isStopped: true });
    }
  }

  /** @param {AbortSignal} signal */
  async #check(signal) {
    const { engine, timings } = this.#store.state;
    const { runImages, summarise } = await imported("check.js", import("./check.js"));
    signal.throwIfAborted();
    const { loadGolden } = await imported("golden.js", import("./golden.js"));
    signal.throwIfAborted();
    const golden = (this.#golden ??= await loadGolden(this.site));
    signal.throwIfAborted();
    const renderer = await this.#room.use(async (runner) => runner.device);
    signal.throwIfAborted();
    const predict = async (/** @type {Uint8Array<ArrayBuffer>} */ image) => {
      const probabilities = await this.#room.use((runner) => runner.predict(image, 1));
      signal.throwIfAborted();
      return probabilities ?? new Float32Array();
    };
    const run = await runImages(predict, golden, (done) => this.#showCheck({ done, total: golden.shape[0] }), signal);
    signal.throwIfAborted();
    return summarise(run, golden, {
      site: this.site.version,
      model: this.site.model,
      engine: engine.id,
      renderer: renderer ?? "",
      load_s: (timings[engine.id]?.load_ms ?? NaN) / 1000,
    });
  }

  /** @param {Partial<import("./store.js").Check>} changes */
  #showCheck(changes) {
    this.#store.set({ check: { ...this.#store.state.check, ...changes } });
  }

  /**
   * @param {string} id of the engine that runs now
   * @param {number} load_ms
   */
  #finish(id, load_ms) {
    const { timings } = this.#store.state;
    this.#store.set({
      engine: { id, status: "ready" },
      timings: { ...timings, [id]: { load_ms, answers_ms: timings[id]?.answers_ms ?? [] } },
    });
    this.ask();
  }

  /**
   * @param {string} id
   * @param {unknown} error
   */
  #failToStart(id, error) {
    this.#store.set({ engine: { id, status: "failed", problem: problemOf("engines.reason", error) } });
    this.#fail("error.engine", error);
  }

  /**
   * @param {string} key
   * @param {unknown} error
   */
  #fail(key, error) {
    tell(this.#store, key, error);
  }

  /**
   * @param {string} id of an engine
   * @returns {number} bytes of its files on the wire
   */
  wireBytes(id) {
    const { files } = this.site;
    const paths = Object.keys(files).filter((path) => getEngine(id).needs.some((pattern) => pattern.test(path)));
    return paths.reduce((sum, path) => sum + files[path].gzip_bytes, 0);
  }
}

/**
 * Tells the visitor in words what went wrong, and the console what the browser says of it.
 *
 * @param {Store} store
 * @param {string} key of a string, if it is not a file that is to blame
 * @param {unknown} error
 */
export function tell(store, key, error) {
  console.warn(error);
  store.set({ problem: problemOf(key, error) });
}

/**
 * @param {string} key of a string, if it is not a file that is to blame
 * @param {unknown} error
 * @returns {import("./store.js").Problem}
 */
export function problemOf(key, error) {
  if (error instanceof IntegrityError) {
    return { key: `error.${error.reason}`, values: { path: error.path } };
  }
  return { key, values: { reason: error instanceof Error ? error.message : String(error) } };
}
