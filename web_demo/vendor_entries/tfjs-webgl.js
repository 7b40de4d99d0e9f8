/**
 * Registers the backend "webgl" with the TF.js of tfjs.js.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-webgl";
