/**
 * Registers the backend "webgpu" with the TF.js of tfjs.js.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-webgpu";
