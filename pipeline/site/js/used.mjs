/**
 * Which parts of TF.js a model uses: operations by its graph, kernels by running it once.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
/** @type {import("@tensorflow/tfjs-core")} */
const tf = require("@tensorflow/tfjs-core");
/** @type {import("@tensorflow/tfjs-converter")} */
const { loadGraphModel } = require("@tensorflow/tfjs-converter");
require("@tensorflow/tfjs-backend-cpu");

/** The converter's own table: which functions of TF.js compute an operation of TensorFlow. */
const FUNCTIONS = /** @type {Record<string, string[]>} */ (
  require("@tensorflow/tfjs-converter/metadata/kernel2op.json")
);

/** What moves tensors about, whatever the model. */
const BASIC_KERNELS = ["Cast", "Identity", "Reshape"];

/**
 * @typedef {object} Used
 * @property {Set<string>} operations of TensorFlow, as in "_FusedConv2D"
 * @property {Set<string>} functions of TF.js that the converter calls for them, as in "fused"
 * @property {Set<string>} kernels of TF.js, as in "FusedConv2D"
 */

/**
 * @param {string[]} paths of files model.json
 * @returns {Promise<Used>}
 */
export async function findUsed(paths) {
  /** @type {Used} */
  const used = { operations: new Set(), functions: new Set(), kernels: new Set(BASIC_KERNELS) };
  await tf.setBackend("cpu");
  for (const path of paths) {
    const { modelTopology } = JSON.parse(await readFile(path, "utf8"));
    const functions = modelTopology.library?.function ?? [];
    const nodes = [...modelTopology.node, ...functions.flatMap((/** @type {any} */ { nodeDef }) => nodeDef)];
    nodes.forEach(({ op }) => used.operations.add(op));
    (await findKernels(path)).forEach((name) => used.kernels.add(name));
  }
  for (const operation of used.operations) {
    FUNCTIONS[operation]?.forEach((name) => used.functions.add(name.split(".", 1)[0]));
  }
  return used;
}

/**
 * @param {string} path
 * @returns {Promise<string[]>}
 */
async function findKernels(path) {
  const model = await loadGraphModel(fromFile(path));
  const shape = model.inputs[0].shape?.map((size) => (size > 0 ? size : 1)) ?? [];
  const { kernelNames } = await tf.profile(() => model.execute(tf.zeros(shape)));
  model.dispose();
  return kernelNames;
}

/**
 * @param {string} path
 * @returns {import("@tensorflow/tfjs-core").io.IOHandler}
 */
function fromFile(path) {
  return {
    async load() {
      const model = JSON.parse(await readFile(path, "utf8"));
      return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
        const names = manifest.flatMap((group) => group.paths);
        const shards = await Promise.all(names.map((name) => readFile(join(dirname(path), name))));
        return [manifest.flatMap((group) => group.weights), new Uint8Array(Buffer.concat(shards)).buffer];
      });
    },
  };
}
