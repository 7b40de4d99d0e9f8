/**
 * What takes longest begins first: the default engine starts while the page's own modules are still on their way.
 *
 * @module
 */

import { DEFAULT_ENGINE, getEngine } from "./engines/catalogue.js";
import { EngineRoom } from "./engines/runner.js";
import { startBackend } from "./engines/tfjs.js";
import { fetchVerified, loadSite } from "./integrity.js";

/**
 * @typedef {object} Opening
 * @property {import("./integrity.js").Site} site what it says of itself
 * @property {import("./engines/runner.js").Contract} contract
 * @property {EngineRoom} room
 * @property {Promise<number>} started how long the start of the default engine took, in ms
 */

export const opening = open();
// The page waits for them later, and says then what is missing.
opening.then(({ started }) => started).catch(() => undefined);

/** @returns {Promise<Opening>} */
async function open() {
  startBackend(getEngine(DEFAULT_ENGINE).backend).catch(() => undefined);
  const site = await loadSite();
  const contract = JSON.parse(new TextDecoder().decode(await fetchVerified(site, "contract.json")));
  const room = new EngineRoom(site, contract);
  return { site, contract, room, started: room.start(DEFAULT_ENGINE) };
}
