/**
 * What takes longest begins first: the default engine starts while the page's own modules are still on their way.
 *
 * @module
 */

import { DEFAULT_ENGINE, getEngine } from "./engines/catalogue.js";
import { EngineRoom } from "./engines/runner.js";
import { fetchVerified, loadSite } from "./integrity.js";

/**
 * What the page's own modules find begun.
 *
 * @typedef {object} HeadStart
 * @property {import("./integrity.js").Site} site
 * @property {import("./engines/runner.js").Contract} contract
 * @property {EngineRoom} room in which the default engine is starting
 * @property {Promise<number>} defaultLoad how long that takes, in ms since this file ran
 */

export const headStart = takeHeadStart();
// Until main.js asks, a failure would count as unhandled.
headStart.then(({ defaultLoad }) => defaultLoad).catch(() => undefined);

/** @returns {Promise<HeadStart>} */
async function takeHeadStart() {
  const since = performance.now();
  startDefaultBackend();
  const site = await loadSite();
  const contract = JSON.parse(new TextDecoder().decode(await fetchVerified(site, "contract.json")));
  const room = new EngineRoom(site, contract);
  return { site, contract, room, defaultLoad: room.start(DEFAULT_ENGINE, since) };
}

/** What fails here is told by the start of the engine, which asks for the same. */
function startDefaultBackend() {
  const { backend } = getEngine(DEFAULT_ENGINE);
  // Imported at the top, a file that does not arrive would take the whole page with it.
  import("./engines/tfjs.js").then(({ startBackend }) => startBackend(backend)).catch(() => undefined);
}
