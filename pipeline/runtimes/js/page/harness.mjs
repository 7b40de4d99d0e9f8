/**
 * The page in which Chromium runs an engine; chromium_harness.mjs calls it. Requests and answers are small objects,
 * images and probabilities travel beside them as bytes.
 *
 * @module
 */

import { measure } from "../timing.mjs";

/** @typedef {readonly [height: number, width: number, channels: number]} ImageShape */

/**
 * A loaded artifact.
 *
 * @typedef {object} Model
 * @property {(pixels: Uint8Array<ArrayBuffer>, count: number) => Promise<Float32Array>} predict
 */

/**
 * @typedef {object} Engine
 * @property {string} device what it computes on; empty for the processor
 * @property {(address: string, shape: ImageShape, quantization: import("./litertjs.mjs").Quantization) => Promise<Model>} load
 */

/** @type {Record<string, (request: any) => Promise<Engine>>} */
const engines = {
  tfjs: async (request) => (await import("./tfjs.mjs")).startEngine(request),
  litertjs: async (request) => (await import("./litertjs.mjs")).startEngine(request),
};

/** @type {Engine} */
let engine;
/** @type {Model} */
let model;

/** @type {Record<string, (request: any) => Promise<object>>} */
const commands = {
  async start(request) {
    engine = await engines[request.engine](request);
    return { device: engine.device };
  },

  async load({ address, shape, quantization }) {
    const started = performance.now();
    model = await engine.load(address, shape, quantization);
    return { load_s: (performance.now() - started) / 1000 };
  },

  async predict({ count }) {
    await send(await model.predict(await receive(), count));
    return {};
  },

  async time({ config }) {
    const pixels = await receive();
    const { samples_s, ...rest } = await measure(() => model.predict(pixels, 1), config);
    await send(samples_s);
    return rest;
  },
};

async function receive() {
  const response = await fetch("/bytes");
  if (!response.ok) {
    throw new Error(`no images: ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {Float32Array | Float64Array} values */
async function send(values) {
  const response = await fetch("/bytes", { method: "POST", body: /** @type {BodyInit} */ (values) });
  if (!response.ok) {
    throw new Error(`the answer was not taken: ${response.status}`);
  }
}

/** Addresses that the page asked for and the browser refused, as its server forbids to ask any other. */
const refused = /** @type {string[]} */ ([]);
document.addEventListener("securitypolicyviolation", ({ blockedURI }) => refused.push(blockedURI));

/**
 * @param {any} request
 * @returns {Promise<object>} the answer, or the error that the command ended with
 */
async function answer(request) {
  try {
    const answer = await commands[request.command](request);
    if (refused.length > 0) {
      throw new Error(`the page asked for ${refused.join(", ")}`);
    }
    return answer;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

Object.assign(globalThis, { answer });
