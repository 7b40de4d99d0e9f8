/**
 * What the page needs of TF.js, with the WebAssembly backend.
 *
 * @module
 */

import { env } from "@tensorflow/tfjs-core";

export {
  backend,
  env,
  findBackend,
  getBackend,
  io,
  memory,
  ready,
  removeBackend,
  setBackend,
  tensor4d,
  tidy,
  version_core,
} from "@tensorflow/tfjs-core";
export { loadGraphModel } from "@tensorflow/tfjs-converter";
export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

// Its threads are scripts made from text, which the page forbids.
env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
