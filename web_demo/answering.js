/**
 * From the paper to the answer: reads it, prepares it, asks the engine, and puts what comes out into the state.
 *
 * @module
 */

import { imported } from "./integrity.js";
import { prepareStepwise } from "./preprocess.js";
import { rejectionReason } from "./rejection.js";

/** @typedef {import("./engines/runner.js").Contract} Contract */
/** @typedef {import("./engines/runner.js").Runner} Runner */
/** @typedef {import("./store.js").Answer} Answer */

const KEPT_TIMES = 100;

/**
 * @param {object} parts
 * @param {import("./store.js").Store} parts.store
 * @param {import("./paper.js").Paper} parts.paper
 * @param {import("./engines/runner.js").EngineRoom} parts.room
 * @param {Contract} parts.contract
 * @param {() => boolean} parts.wantsLayers whether anybody looks at them
 * @returns {() => Promise<void>} answers for what is on the paper
 */
export function answering({ store, paper, room, contract, wantsLayers }) {
  return async () => {
    const started = performance.now();
    const grey = paper.picture();
    const preparation = prepareStepwise(grey, contract);
    const image = preparation?.image;
    const found = image ? await room.use((runner) => judge(runner, image, contract)) : null;
    const { probabilities = null, rejection = preparation || paper.isEmpty ? null : "no ink" } = found ?? {};
    if (probabilities) {
      keepTime(store, performance.now() - started);
    }
    const isNaiveWanted = store.state.isNaiveShown && probabilities !== null;
    // The one before stands until the new one is there, or it would flicker with each stroke.
    const former = (isNaiveWanted && store.state.answer?.naive) || null;
    const answer = { grey, preparation, probabilities, rejection, naive: former };
    store.set({ answer });
    if (isNaiveWanted) {
      store.set({ answer: { ...answer, naive: await answerNaively(grey, contract, room) } });
    }
    if (wantsLayers()) {
      store.set({ layers: await room.use(async ({ trace }) => trace && (image ? trace(image) : [])) });
    }
  };
}

/**
 * @param {Runner} runner
 * @param {Uint8Array<ArrayBuffer>} image
 * @param {Contract} contract
 */
async function judge(runner, image, contract) {
  const probabilities = await runner.predict(image, 1);
  return { probabilities, rejection: rejectionReason(probabilities, await runner.detect(image), contract) };
}

/**
 * @param {import("./preparation/grid.js").Grid} grey
 * @param {Contract} contract
 * @param {import("./engines/runner.js").EngineRoom} room
 * @returns {Promise<Answer["naive"]>}
 */
async function answerNaively(grey, contract, room) {
  const { shrink } = await imported("naive.js", import("./naive.js"));
  const image = shrink(grey, contract);
  const probabilities = await room.use((runner) => runner.predict(image, 1));
  return probabilities && { image, probabilities };
}

/**
 * @param {import("./store.js").Store} store
 * @param {number} duration_ms
 */
function keepTime(store, duration_ms) {
  const { engine, timings } = store.state;
  const timing = timings[engine.id];
  if (timing && engine.status === "ready") {
    const answers_ms = [...timing.answers_ms.slice(1 - KEPT_TIMES), duration_ms];
    store.set({ timings: { ...timings, [engine.id]: { ...timing, answers_ms } } });
  }
}
