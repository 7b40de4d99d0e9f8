/**
 * Visits the harness's server as another program would: prints the status of the answer.
 * Arguments: an artifact, the path, headers as JSON, in which PORT stands for the server's port.
 *
 * @module
 */

import { get } from "node:http";

import { FileServer } from "../../pipeline/runtimes/js/file_server.mjs";

const [artifact, path, headers] = process.argv.slice(2);
const origin = await new FileServer(artifact).start();
const { port } = new URL(origin);
get(`${origin}${path}`, { headers: JSON.parse(headers.replace("PORT", port)) }, (response) => {
  console.log(response.statusCode);
  process.exit();
});
