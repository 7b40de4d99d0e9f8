/**
 * Registers the backend "cpu" with the TF.js of tfjs.js.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-cpu";
