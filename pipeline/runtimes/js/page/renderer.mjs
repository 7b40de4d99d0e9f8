/**
 * What draws, or computes, behind WebGL and WebGPU: a graphics processor, or software where there is none.
 *
 * @module
 */

/** @type {Record<string, () => Promise<string> | string>} */
const renderers = {
  webgl() {
    const gl = document.createElement("canvas").getContext("webgl2");
    const names = gl?.getExtension("WEBGL_debug_renderer_info");
    return gl && names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : "unknown";
  },

  async webgpu() {
    const adapter = await /** @type {any} */ (navigator).gpu.requestAdapter();
    const { vendor, architecture, description } = adapter.info;
    return [vendor, architecture, description].filter(Boolean).join(" ") || "unknown";
  },
};

/**
 * @param {string} backend of TF.js
 * @returns {Promise<string>} as in "WebGL by SwiftShader, no GPU"; empty for a backend that needs no renderer
 */
export async function describeRenderer(backend) {
  if (!(backend in renderers)) {
    return "";
  }
  const renderer = await renderers[backend]();
  const title = backend.replace("webg", "WebG").replace("Gl", "GL").replace("Gpu", "GPU");
  return `${title} by ${/swiftshader/i.test(renderer) ? "SwiftShader, no GPU" : renderer}`;
}
