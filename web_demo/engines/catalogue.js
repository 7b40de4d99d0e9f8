/**
 * The engines that the page offers, what they are called, and which files each of them needs.
 *
 * @module
 */

/** @typedef {import("../integrity.js").Site} Site */
/** @typedef {"wasm" | "webgl" | "webgpu" | "cpu"} Backend */

/**
 * @typedef {object} Engine
 * @property {string} id
 * @property {"tfjs" | "litert"} library
 * @property {string} format the release's name for what its library reads
 * @property {string} variant of the model
 * @property {Backend} backend
 * @property {string} model path of the model's file or folder below the site's folder
 * @property {string} detector path of the model that tells digits from other things
 * @property {RegExp[]} needs the files that have to be loaded for it alone
 */

const VARIANTS = ["float32", "float16", "uint8"];
const BACKENDS = /** @type {const} */ (["wasm", "webgl", "webgpu", "cpu"]);

/** @type {Record<Backend, string>} */
export const BACKEND_NAMES = { wasm: "Wasm", webgl: "WebGL", webgpu: "WebGPU", cpu: "JavaScript" };

/** @type {Record<Backend, RegExp>} what a backend adds to TF.js */
const FILES = {
  wasm: /^vendor\/tfjs-wasm\/tfjs-backend-wasm-simd\.wasm$/,
  webgl: /^vendor\/tfjs-webgl\.js$/,
  webgpu: /^vendor\/tfjs-webgpu\.js$/,
  cpu: /^vendor\/tfjs-cpu\.js$/,
};

/** @type {readonly Engine[]} */
export const ENGINES = [
  ...VARIANTS.flatMap((variant) =>
    BACKENDS.map((backend) => ({
      id: `tfjs/${variant}/${backend}`,
      library: /** @type {const} */ ("tfjs"),
      format: `tfjs/${variant}`,
      variant,
      backend,
      model: `models/tfjs/${variant}/`,
      detector: "models/rejection/tfjs/",
      needs: [
        new RegExp(`^models/(tfjs/${variant}|rejection/tfjs)/`),
        /^vendor\/(tfjs|chunk-\w+)\.js$/,
        FILES[backend],
      ],
    })),
  ),
  {
    id: "litert/int8/wasm",
    library: "litert",
    format: "tflite/int8",
    variant: "int8",
    backend: "wasm",
    model: "models/tflite/int8.tflite",
    detector: "models/rejection/int8.tflite",
    needs: [/^models\/(tflite|rejection)\/int8/, /^vendor\/litert\.js$/, /^vendor\/litert-wasm\/litert_wasm_internal/],
  },
];

export const DEFAULT_ENGINE = "tfjs/float16/wasm";

/**
 * @param {string} id
 * @returns {Engine}
 */
export function getEngine(id) {
  const engine = ENGINES.find((engine) => engine.id === id);
  if (engine === undefined) {
    throw new RangeError(`expected one of ${ENGINES.map(({ id }) => id).join(", ")}, found ${id}`);
  }
  return engine;
}

/**
 * @param {Engine} engine
 * @returns {string} of all that compute the same file
 */
export function groupName({ library, variant }) {
  return `${library === "tfjs" ? "TF.js" : "LiteRT.js"} ${variant}`;
}

/**
 * @param {string} id
 * @returns {string} as the table names it
 */
export function engineName(id) {
  const engine = getEngine(id);
  return `${groupName(engine)} · ${BACKEND_NAMES[engine.backend]}`;
}

/**
 * @param {string} model path of its file or folder
 * @param {Site} site
 * @returns {string[]} paths of the model's own files
 */
export function modelFiles(model, site) {
  return Object.keys(site.files).filter((path) => path === model || (model.endsWith("/") && path.startsWith(model)));
}
