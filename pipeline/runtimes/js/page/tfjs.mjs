/**
 * TF.js in the page, around the classifier that users run.
 *
 * @module
 */

import { loadClassifier } from "../../../../web_demo/classifier.js";
import { describeRenderer } from "./renderer.mjs";

const VENDOR = "/node_modules/@tensorflow";

/**
 * @param {{backend: string, flags: Record<string, boolean>}} request
 * @returns {Promise<import("./harness.mjs").Engine>}
 */
export async function startEngine({ backend, flags }) {
  for (const name of ["core", "converter", `backend-${backend}`]) {
    await loadScript(`${VENDOR}/tfjs-${name}/dist/tf-${name}.min.js`);
  }
  const tf = /** @type {any} */ (globalThis).tf;
  if (backend === "wasm") {
    tf.wasm.setWasmPaths(`${VENDOR}/tfjs-backend-wasm/dist/`);
  }
  tf.env().setFlags(flags);
  if (!(await tf.setBackend(backend))) {
    throw new Error(`TF.js has no backend ${backend} here`);
  }
  await tf.ready();
  return {
    device: await describeRenderer(backend),
    load: (address, shape) => loadClassifier(tf, tf.loadGraphModel, address, shape),
  };
}

/** @param {string} address of a script that is no module */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`cannot load ${address}`));
    document.head.append(script);
  });
}
