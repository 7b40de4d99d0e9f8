/**
 * Whether this browser can run an engine, asked of the browser and not of its name.
 *
 * @module
 */

import { ENGINES } from "./catalogue.js";

/** @type {Record<import("./catalogue.js").Backend, () => Promise<string | null>>} each gives the key of a reason, or null */
const CHECKS = {
  async wasm() {
    return typeof WebAssembly === "object" ? null : "unsupported.wasm";
  },

  async webgl() {
    // As TF.js asks: it takes no context that the browser itself finds too slow.
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return context ? null : "unsupported.webgl";
  },

  async webgpu() {
    const gpu = /** @type {any} */ (navigator).gpu;
    if (!gpu) {
      return isSecureContext ? "unsupported.webgpu" : "unsupported.insecure";
    }
    const adapter = await gpu.requestAdapter().catch(() => null);
    return adapter ? null : "unsupported.adapter";
  },

  async cpu() {
    return null;
  },
};

/** @returns {Promise<Record<string, string>>} keys of reasons, by the ids of engines that cannot run here */
export async function findUnsupported() {
  const backends = Object.keys(CHECKS);
  const reasons = await Promise.all(Object.values(CHECKS).map((check) => check()));
  const found = ENGINES.map(({ id, backend }) => [id, reasons[backends.indexOf(backend)]]);
  return Object.fromEntries(found.filter(([, reason]) => reason !== null));
}
