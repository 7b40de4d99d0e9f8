/**
 * Runs TF.js models in Node.js for a parent process: reads requests from stdin, writes answers to stdout, ends when
 * stdin does. Everything that TF.js prints goes to stderr, where the parent keeps it for its error message.
 *
 * @module
 */

import { Console } from "node:console";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { loadClassifier } from "../../../web_demo/classifier.js";
import { readFrames, writeFrame } from "./frames.mjs";
import { measure } from "./timing.mjs";

globalThis.console = new Console(process.stderr, process.stderr);

const require = createRequire(import.meta.url);
/** @type {import("@tensorflow/tfjs-core")} */
const tf = require("@tensorflow/tfjs-core");
/** @type {import("@tensorflow/tfjs-converter")} */
const { loadGraphModel } = require("@tensorflow/tfjs-converter");

/** @type {Record<string, () => void>} */
const backends = {
  cpu() {
    require("@tensorflow/tfjs-backend-cpu");
  },
  wasm() {
    /** @type {import("@tensorflow/tfjs-backend-wasm")} */
    const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  },
};

/** @type {import("../../../web_demo/classifier.js").Classifier} */
let classifier;

/** @type {Record<string, (request: any, payload: Uint8Array) => Promise<[object, ArrayBufferView?]>>} */
const commands = {
  async start({ backend }) {
    backends[backend]();
    if (!(await tf.setBackend(backend))) {
      throw new Error(`TF.js has no backend ${backend} here`);
    }
    await tf.ready();
    return [{ device: "" }];
  },

  async load({ folder, shape }) {
    const started = performance.now();
    classifier = await loadClassifier(tf, loadGraphModel, fromFolder(folder), shape);
    return [{ load_s: (performance.now() - started) / 1000 }];
  },

  async predict({ count }, pixels) {
    return [{}, await classifier.predict(pixels, count)];
  },

  async trace({ count, nodes }, pixels) {
    const traced = await classifier.trace(pixels, count, nodes);
    const bytes = traced.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return [{ shapes: traced.map(({ shape }) => shape) }, Buffer.concat(bytes)];
  },

  async time({ config }, pixels) {
    const { samples_s, ...rest } = await measure(() => classifier.predict(pixels, 1), config);
    return [rest, samples_s];
  },
};

/**
 * @param {string} folder with model.json and its shards
 * @returns {import("@tensorflow/tfjs-core").io.IOHandler}
 */
function fromFolder(folder) {
  return {
    async load() {
      const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
      return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
        const names = manifest.flatMap((group) => group.paths);
        const shards = await Promise.all(names.map((name) => readFile(join(folder, name))));
        return [manifest.flatMap((group) => group.weights), new Uint8Array(Buffer.concat(shards)).buffer];
      });
    },
  };
}

for await (const { header, payload } of readFrames(process.stdin)) {
  try {
    writeFrame(process.stdout, ...(await commands[header.command](header, payload)));
  } catch (error) {
    writeFrame(process.stdout, { error: error instanceof Error ? error.message : String(error) });
  }
}
