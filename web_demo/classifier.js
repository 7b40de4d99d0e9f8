/**
 * The model in TF.js, without any page: the demo, Node.js and the test harnesses all run this file.
 *
 * @module
 */

/** @typedef {import("@tensorflow/tfjs-core")} TensorFlow */
/** @typedef {import("@tensorflow/tfjs-core").io.IOHandler} IOHandler */
/** @typedef {import("@tensorflow/tfjs-converter").GraphModel} GraphModel */
/** @typedef {import("@tensorflow/tfjs-converter").loadGraphModel} LoadGraphModel */
/** @typedef {readonly [height: number, width: number, channels: number]} ImageShape */

/** A loaded graph model that answers for raw pixel bytes. */
export class Classifier {
  #tf;
  #model;
  #shape;

  /**
   * @param {TensorFlow} tf
   * @param {GraphModel} model
   * @param {ImageShape} shape
   */
  constructor(tf, model, shape) {
    this.#tf = tf;
    this.#model = model;
    this.#shape = shape;
  }

  /**
   * Probabilities for images in the contract's range; the model itself rescales them.
   *
   * @param {Uint8Array} pixels `count` images, row by row
   * @param {number} count
   * @returns {Promise<Float32Array>} `count` × labels
   */
  async predict(pixels, count) {
    const tf = this.#tf;
    const output = tf.tidy(() => {
      const images = tf.tensor4d(new Float32Array(pixels), [count, ...this.#shape]);
      return /** @type {import("@tensorflow/tfjs-core").Tensor} */ (this.#model.execute(images));
    });
    const probabilities = await output.data();
    output.dispose();
    return /** @type {Float32Array} */ (probabilities);
  }

  /**
   * What nodes of the graph compute for images, as `predict` takes them.
   *
   * @param {Uint8Array} pixels
   * @param {number} count
   * @param {string[]} nodes their names
   * @returns {Promise<{ shape: number[], values: Float32Array }[]>} one for each node, the images first
   */
  async trace(pixels, count, nodes) {
    const tf = this.#tf;
    const outputs = tf.tidy(() => {
      const images = tf.tensor4d(new Float32Array(pixels), [count, ...this.#shape]);
      return /** @type {import("@tensorflow/tfjs-core").Tensor[]} */ ([this.#model.execute(images, nodes)].flat());
    });
    const values = await Promise.all(outputs.map((output) => output.data()));
    outputs.forEach((output) => output.dispose());
    return outputs.map(({ shape }, index) => ({ shape, values: /** @type {Float32Array} */ (values[index]) }));
  }

  /** Frees the weights. */
  dispose() {
    this.#model.dispose();
  }
}

/**
 * Loads a graph model and checks that it takes images of the contract's shape.
 *
 * @param {TensorFlow} tf with a backend that is ready
 * @param {LoadGraphModel} loadGraphModel
 * @param {string | IOHandler} source address of model.json, or whatever gives its content
 * @param {ImageShape} shape
 * @returns {Promise<Classifier>}
 */
export async function loadClassifier(tf, loadGraphModel, source, shape) {
  const model = /** @type {GraphModel} */ (
    await loadGraphModel(/** @type {string} */ (source), undefined, /** @type {any} */ (tf.io))
  );
  const found = model.inputs[0]?.shape?.slice(1);
  if (found?.join() !== shape.join()) {
    model.dispose();
    throw new Error(`expected a model for images of ${shape.join("×")}, found ${found?.join("×")}`);
  }
  return new Classifier(tf, model, shape);
}
