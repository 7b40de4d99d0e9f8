/**
 * The exported graph models in TF.js.
 *
 * @module
 */

import { loadClassifier } from "../classifier.js";
import { fetchVerified, imported } from "../integrity.js";
import { lastOf } from "../statistics.js";
import { modelFiles } from "./catalogue.js";

/** @typedef {import("@tensorflow/tfjs-core")} Core */
/** @typedef {import("@tensorflow/tfjs-converter").GraphModel} GraphModel */
/** @typedef {Core & typeof import("@tensorflow/tfjs-converter") & typeof import("@tensorflow/tfjs-backend-wasm")} TensorFlow */
/** @typedef {import("../model/layers.js").Layer} Layer */
/** @typedef {import("../model/layers.js").LayerMaps} LayerMaps */
/** @typedef {import("./catalogue.js").Backend} Backend */
/** @typedef {import("./catalogue.js").Engine} Engine */

/** @type {Map<Backend, Promise<void>>} TF.js would start one twice while it starts, and cannot try wasm again */
const backends = new Map();

/**
 * @param {Engine} engine
 * @param {import("../integrity.js").Site} site
 * @param {import("./runner.js").Contract} contract
 * @returns {Promise<import("./runner.js").Runner>}
 */
export async function start(engine, site, { input }) {
  const parts = /** @type {const} */ ([
    startBackend(engine.backend),
    readModel(engine.model, site),
    readModel(engine.detector, site),
  ]);
  // Where a file is missing, the next engine must not find this one's backend still starting.
  await Promise.allSettled(parts);
  const [tf, source, detectorSource] = await Promise.all(parts);
  /** @type {GraphModel[]} */
  const models = [];
  const loadGraphModel = async (/** @type {Parameters<TensorFlow["loadGraphModel"]>} */ ...request) => {
    models.push(await tf.loadGraphModel(...request));
    return models[models.length - 1];
  };
  const shape = /** @type {const} */ ([input.height, input.width, input.channels]);
  const dispose = () => models.forEach((model) => model.dispose());
  /** @type {Promise<Layer[]> | undefined} */
  let layers;
  try {
    const classifier = await loadClassifier(tf, loadGraphModel, { load: async () => source }, shape);
    const detector = await loadClassifier(tf, loadGraphModel, { load: async () => detectorSource }, shape);
    return {
      device: await deviceOf(engine.backend),
      predict: (pixels, count) => classifier.predict(pixels, count),
      detect: async (image) => lastOf(await detector.predict(image, 1)),
      trace: async (image) => traceLayers(classifier, models[0], await (layers ??= layersOf(source)), image),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * @param {Backend} backend
 * @returns {Promise<TensorFlow>} with the backend in use; wasm that failed once fails again for the same reason
 */
export async function startBackend(backend) {
  const tf = await importVendor("tfjs");
  if (backend !== "wasm") {
    await importVendor(`tfjs-${backend}`);
  }
  await startedOnce(tf, backend);
  if (tf.getBackend() !== backend) {
    await tf.setBackend(backend);
  }
  return tf;
}

/**
 * @param {TensorFlow} tf
 * @param {Backend} backend whose code is there
 * @returns {Promise<void>}
 */
function startedOnce(tf, backend) {
  const known = backends.get(backend);
  if (known) {
    return known;
  }
  const started = initialise(tf, backend);
  backends.set(backend, started);
  if (backend !== "wasm") {
    started.catch(() => backends.delete(backend));
  }
  return started;
}

/**
 * @param {TensorFlow} tf
 * @param {Backend} backend whose code is there
 */
async function initialise(tf, backend) {
  if (backend === "wasm") {
    tf.setWasmPaths(new URL("../vendor/tfjs-wasm/", import.meta.url).href);
  }
  if (!(await tf.setBackend(backend))) {
    throw new Error(`TF.js has no backend ${backend} here`);
  }
  await tf.ready();
}

/**
 * @param {string} name of a file that is there only once the site is built
 * @returns {Promise<TensorFlow>}
 */
function importVendor(name) {
  const path = `vendor/${name}.js`;
  return imported(path, import(`../${path}`));
}

/**
 * @param {Backend} backend
 * @returns {Promise<string>} what computes, as the browser names it; empty for the processor
 */
async function deviceOf(backend) {
  if (backend === "wasm" || backend === "cpu") {
    return "";
  }
  const { describeRenderer } = await imported("engines/renderer.js", import("./renderer.js"));
  return describeRenderer(backend);
}

/**
 * @param {string} folder of the model
 * @param {import("../integrity.js").Site} site
 * @returns {Promise<import("@tensorflow/tfjs-core").io.ModelArtifacts>} what model.json and its shards say
 */
async function readModel(folder, site) {
  const paths = modelFiles(folder, site);
  const contents = await Promise.all(paths.map((path) => fetchVerified(site, path)));
  const contentOf = (/** @type {string} */ name) => contents[paths.indexOf(folder + name)];
  const { modelTopology, weightsManifest, ...rest } = JSON.parse(new TextDecoder().decode(contentOf("model.json")));
  const shards = weightsManifest.flatMap((/** @type {{ paths: string[] }} */ { paths }) => paths);
  const weightData = shards.map(contentOf);
  const weightSpecs = weightsManifest.flatMap((/** @type {{ weights: object[] }} */ { weights }) => weights);
  return { ...rest, modelTopology, weightSpecs, weightData };
}

/**
 * @param {import("@tensorflow/tfjs-core").io.ModelArtifacts} source
 * @returns {Promise<Layer[]>}
 */
async function layersOf({ modelTopology }) {
  const { findLayers } = await imported("model/layers.js", import("../model/layers.js"));
  return findLayers(/** @type {{ node: any[] }} */ (modelTopology).node);
}

/**
 * @param {import("../classifier.js").Classifier} classifier
 * @param {GraphModel} model
 * @param {Layer[]} layers
 * @param {Uint8Array<ArrayBuffer>} image
 * @returns {Promise<LayerMaps[]>}
 */
async function traceLayers(classifier, model, layers, image) {
  const nodes = layers.map(({ output }) => output);
  const outputs = await classifier.trace(image, 1, nodes);
  return Promise.all(
    outputs.map(async ({ shape, values }, index) => {
      const [, ...sizes] = shape;
      const count = sizes.pop() ?? 1;
      const [height = 1, width = 1] = sizes;
      const { kind, kernel } = layers[index];
      return { kind, height, width, count, values, kernel: kernel === null ? null : await weightsOf(model, kernel) };
    }),
  );
}

/**
 * @param {GraphModel} model
 * @param {string} name
 * @returns {Promise<import("../model/layers.js").Weights>}
 */
async function weightsOf(model, name) {
  const tensor = model.weights[name][0];
  return { shape: tensor.shape, values: /** @type {Float32Array} */ (await tensor.data()) };
}
