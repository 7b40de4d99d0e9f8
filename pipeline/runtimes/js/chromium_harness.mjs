/**
 * Runs artifacts in Chromium for a parent process: reads requests from stdin, hands them to the page, writes its
 * answers to stdout. It ends, and the browser with it, when stdin does, when it is asked to, or when the page is lost.
 *
 * @module
 */

import { PassThrough } from "node:stream";

import { launch, openPage } from "./chromium.mjs";
import { FileServer } from "./file_server.mjs";
import { readFrames, writeFrame } from "./frames.mjs";

/** @type {FileServer} */
let server;
/** @type {import("playwright-core").Page} */
let page;

/** @param {string} reason */
function lose(reason) {
  console.error(reason);
  process.exit(1);
}

/** @param {any} request */
async function openBrowser({ executable, environment, artifact, backend }) {
  server = new FileServer(artifact);
  const origin = await server.start();
  const browser = await launch(executable, environment, backend === "webgl");
  page = await openPage(browser, origin, lose);
  return browser.version();
}

/**
 * @param {any} request
 * @param {Uint8Array} payload
 * @returns {Promise<[header: any, payload?: Uint8Array]>}
 */
async function handle(request, payload) {
  if (request.command === "start") {
    const version = await openBrowser(request);
    const { environment, executable, ...engine } = request;
    const { device, ...rest } = await ask(engine);
    return [{ ...rest, device: [`Chromium ${version}`, device].filter(Boolean).join(", ") }];
  }
  server.request = new Uint8Array(payload);
  server.answer = new Uint8Array();
  return [await ask(request), server.answer];
}

/**
 * @param {any} request
 * @returns {Promise<any>} the page's answer, errors of the engine included
 */
async function ask(request) {
  try {
    // The page's function of that name; the page itself throws nothing.
    return await page.evaluate((request) => /** @type {any} */ (globalThis).answer(request), request);
  } catch (error) {
    return lose(String(error));
  }
}

// Playwright kills the browser, and removes its profile, when this process exits.
process.on("SIGTERM", () => process.exit(1));
process.stdin.on("end", () => process.exit(0));

// Through a stream of its own, so that the end of stdin is seen while a request is at work.
for await (const { header, payload } of readFrames(process.stdin.pipe(new PassThrough()))) {
  try {
    writeFrame(process.stdout, ...(await handle(header, payload)));
  } catch (error) {
    writeFrame(process.stdout, { error: error instanceof Error ? error.message : String(error) });
  }
}
