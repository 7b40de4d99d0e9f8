/**
 * The integer TFLite file in LiteRT.js; its WebAssembly of several megabytes is loaded only for this.
 *
 * @module
 */

import { fetchVerified, imported, IntegrityError } from "../integrity.js";
import { lastOf } from "../statistics.js";

/** @typedef {typeof import("@litertjs/core")} LiteRT */

// The specification of 8-bit quantisation in TFLite fixes it for the output of a softmax; LiteRT.js does not tell it.
const PROBABILITY_SCALE = 1 / 256;

/** @type {Promise<LiteRT> | undefined} it can be loaded once; what failed may be tried again */
let library;

/**
 * @param {import("./catalogue.js").Engine} engine
 * @param {import("../integrity.js").Site} site
 * @returns {Promise<import("./runner.js").Runner>}
 */
export async function start({ model, detector }, site) {
  const [litert, classifierFile, detectorFile] = await Promise.all([
    (library ??= loadLibrary().catch((error) => {
      library = undefined;
      throw error;
    })),
    fetchVerified(site, model),
    fetchVerified(site, detector),
  ]);
  const classify = await compile(litert, classifierFile);
  const detect = await compile(litert, detectorFile).catch((error) => {
    classify.dispose();
    throw error;
  });
  return {
    device: "",
    predict: (pixels, count) => runEach(classify.run, pixels, count),
    detect: async (image) => lastOf(await detect.run(image)),
    trace: null,
    dispose: () => {
      classify.dispose();
      detect.dispose();
    },
  };
}

/**
 * @param {LiteRT} litert
 * @param {ArrayBuffer} content of a file whose input and output are bytes
 */
async function compile(litert, content) {
  const model = await litert.loadAndCompile(new Uint8Array(content), { accelerator: "wasm" });
  const shape = Array.from(model.getInputDetails()[0].shape);
  return {
    run: async (/** @type {Uint8Array<ArrayBuffer>} */ image) => {
      const input = new litert.Tensor(image, shape);
      const [output] = await model.run(input);
      const values = Float32Array.from(await output.data(), (value) => value * PROBABILITY_SCALE);
      input.delete();
      output.delete();
      return values;
    },
    dispose: () => model.delete(),
  };
}

async function loadLibrary() {
  const path = "vendor/litert.js";
  const litert = /** @type {LiteRT} */ (await imported(path, import(`../${path}`)));
  const folder = "vendor/litert-wasm/";
  await litert.loadLiteRt(new URL(`../${folder}`, import.meta.url).href).catch((error) => {
    // Of a script that does not arrive LiteRT.js tells the bare event.
    throw error instanceof Event ? new IntegrityError(folder, "unreachable", error) : error;
  });
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
