/**
 * Lets the harness page ask for an address: prints what it got, and the page's answer to the next command.
 * Arguments: the browser, variables for it as JSON, an artifact, the address.
 *
 * @module
 */

import { launch, openPage } from "../../pipeline/runtimes/js/chromium.mjs";
import { FileServer } from "../../pipeline/runtimes/js/file_server.mjs";

const [executable, environment, artifact, address] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), false);
const origin = await new FileServer(artifact).start();
const page = await openPage(browser, origin, console.error);
const result = await page.evaluate(async (address) => {
  const response = await fetch(address).catch((error) => error);
  const request = { command: "start", engine: "tfjs", backend: "cpu", flags: {} };
  return { status: response.status ?? String(response), answer: await /** @type {any} */ (globalThis).answer(request) };
}, address);
console.log(JSON.stringify(result));
process.exit();
