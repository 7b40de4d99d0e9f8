/**
 * What computes behind WebGL and WebGPU.
 *
 * @module
 */

/**
 * @param {"webgl" | "webgpu"} backend
 * @returns {Promise<string>} as the browser names it
 */
export async function describeRenderer(backend) {
  if (backend === "webgl") {
    const context = document.createElement("canvas").getContext("webgl2");
    const names = context?.getExtension("WEBGL_debug_renderer_info");
    const renderer = context && names ? String(context.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "unknown";
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return renderer;
  }
  const adapter = await /** @type {any} */ (navigator).gpu.requestAdapter();
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter(Boolean).join(" ") || "unknown";
}
