/**
 * LiteRT.js in the page, by WebAssembly on one thread or by WebGPU.
 *
 * @module
 */

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

import { describeRenderer } from "./renderer.mjs";

/** @typedef {{scale: number, zero_point: number}} Quantization of an integer output; LiteRT.js does not tell it */

/**
 * @param {object} request
 * @param {"wasm" | "webgpu"} request.accelerator
 * @returns {Promise<import("./harness.mjs").Engine>}
 */
export async function startEngine({ accelerator }) {
  const device = await describeRenderer(accelerator);
  await loadLiteRt("/node_modules/@litertjs/core/wasm/");
  return { device, load: (...request) => loadModel(accelerator, ...request) };
}

/**
 * @param {"wasm" | "webgpu"} accelerator
 * @param {string} address
 * @param {import("./harness.mjs").ImageShape} shape
 * @param {Quantization} quantization
 */
async function loadModel(accelerator, address, shape, quantization) {
  const model = await loadAndCompile(address, { accelerator });
  const [input] = model.getInputDetails();
  const found = Array.from(input.shape);
  if (found.join() !== [1, ...shape].join()) {
    model.delete();
    throw new Error(`expected a model for one image of ${shape.join("×")}, found ${found.join("×")}`);
  }
  return new LiteRTModel(model, input.dtype, quantization);
}

/** A TFLite file that answers for raw pixel bytes, one image at a time. */
class LiteRTModel {
  #model;
  #dtype;
  #shape;
  #quantization;

  /**
   * @param {import("@litertjs/core").CompiledModel} model
   * @param {string} dtype of the input: pixel bytes, or the same values as float32
   * @param {Quantization} quantization
   */
  constructor(model, dtype, quantization) {
    this.#model = model;
    this.#dtype = dtype;
    this.#shape = Array.from(model.getInputDetails()[0].shape);
    this.#quantization = quantization;
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} pixels `count` images, row by row
   * @param {number} count
   * @returns {Promise<Float32Array>} `count` × labels
   */
  async predict(pixels, count) {
    const size = pixels.length / count;
    const answers = [];
    for (let index = 0; index < count; index++) {
      answers.push(...(await this.#run(pixels.slice(index * size, (index + 1) * size))));
    }
    return Float32Array.from(answers);
  }

  /** @param {Uint8Array<ArrayBuffer>} image */
  async #run(image) {
    const input = new Tensor(this.#dtype === "uint8" ? image : new Float32Array(image), this.#shape);
    const [output] = await this.#model.run(input);
    const values = await output.data();
    input.delete();
    output.delete();
    return values instanceof Float32Array ? values : this.#dequantise(values);
  }

  /** @param {ArrayLike<number>} values */
  #dequantise(values) {
    const { scale, zero_point } = this.#quantization;
    return Float32Array.from(values, (value) => (value - zero_point) * scale);
  }
}
