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

// Networks this small are slower on several threads, and a page may not run the scripts that TF.js makes for them.
env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
