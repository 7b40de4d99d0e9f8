/**
 * What the page needs of LiteRT.js.
 *
 * @module
 */

export { loadAndCompile, loadLiteRt, Tensor, unloadLiteRt } from "@litertjs/core";
