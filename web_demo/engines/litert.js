/**
 * The integer TFLite file in LiteRT.js; its WebAssembly of several megabytes is loaded only for this.
 *
 * @module
 */

import { fetchVerified } from "../integrity.js";

/** @typedef {typeof import("@litertjs/core")} LiteRT */

// The specification of 8-bit quantisation in TFLite fixes it for the output of a softmax; LiteRT.js does not tell it.
const PROBABILITY_SCALE = 1 / 256;

/** @type {Promise<LiteRT> | undefined} */
let library;

/**
 * @param {import("./catalogue.js").Engine} engine
 * @param {import("../integrity.js").Site} site
 * @returns {Promise<import("./runner.js").Runner>}
 */
export async function start({ model: path }, site) {
  const [litert, content] = await Promise.all([(library ??= loadLibrary()), fetchVerified(site, path)]);
  const model = await litert.loadAndCompile(new Uint8Array(content), { accelerator: "wasm" });
  const shape = Array.from(model.getInputDetails()[0].shape);
  const run = async (/** @type {Uint8Array<ArrayBuffer>} */ image) => {
    const input = new litert.Tensor(image, shape);
    const [output] = await model.run(input);
    const values = Float32Array.from(await output.data(), (value) => value * PROBABILITY_SCALE);
    input.delete();
    output.delete();
    return values;
  };
  return {
    device: "",
    predict: (pixels, count) => runEach(run, pixels, count),
    trace: null,
    dispose: () => model.delete(),
  };
}

async function loadLibrary() {
  const name = "litert";
  const litert = /** @type {LiteRT} */ (await import(`../vendor/${name}.js`));
  await litert.loadLiteRt(new URL("../vendor/litert-wasm/", import.meta.url).href);
  return litert;
}

/**
 * @param {(image: Uint8Array<ArrayBuffer>) => Promise<Float32Array>} run
 * @param {Uint8Array<ArrayBuffer>} pixels
 * @param {number} count
 * @returns {Promise<Float32Array>}
 */
async function runEach(run, pixels, count) {
  const size = pixels.length / count;
  const answers = [];
  for (let index = 0; index < count; index++) {
    answers.push(...(await run(pixels.slice(index * size, (index + 1) * size))));
  }
  return Float32Array.from(answers);
}
