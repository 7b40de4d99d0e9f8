/**
 * Visits an assembled site whose page does nothing by itself, and prints what came of it as JSON.
 * Arguments: the browser, variables for it as JSON, the site's address, the name of what to do, folders for it.
 *
 * @module
 */

import { rename } from "node:fs/promises";

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";

/** @typedef {import("playwright-core").Page} Page */

const [executable, environment, address, task, ...folders] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), task === "run-webgl");
const context = await browser.newContext();
const page = await context.newPage();
const trouble = /** @type {string[]} */ ([]);
// LiteRT.js tells as errors what it does.
page.on("console", (message) => {
  if (message.type() === "error" && !/^(INFO|WARNING): /.test(message.text())) {
    trouble.push(message.text());
  }
});
page.on("pageerror", (error) => trouble.push(error.message));
context.on("request", (request) => !isOwn(request.url()) && trouble.push(`asked for ${request.url()}`));

/** @param {string} url */
function isOwn(url) {
  return url.startsWith(address) || url.startsWith("blob:") || url.startsWith("data:");
}

/**
 * What the page knows of an engine's answers: how far they are from the reference, for the hardest images.
 *
 * @param {string} engine
 * @returns {Promise<{ difference: number } | { error: string, reason?: string }>}
 */
async function run(engine) {
  return page.evaluate(async (engine) => {
    /** @type {(path: string) => Promise<any>} */
    const load = (path) => import(new URL(path, document.baseURI).href);
    const [{ getEngine }, { loadGolden }, { fetchVerified, loadSite }] = await Promise.all(
      ["engines/catalogue.js", "golden.js", "integrity.js"].map(load),
    );
    try {
      const site = await loadSite();
      const contract = JSON.parse(new TextDecoder().decode(await fetchVerified(site, "contract.json")));
      const { library } = getEngine(engine);
      const runner = await (await load(`engines/${library}.js`)).start(getEngine(engine), site, contract);
      const { shape, images, probabilities } = await loadGolden(site);
      const size = images.length / shape[0];
      const [count, labels] = [2, probabilities.length / shape[0]];
      const answers = await runner.predict(images.slice(-count * size), count);
      const reference = probabilities.slice(-count * labels);
      const differences = Array.from(answers, (value, index) => Math.abs(value - reference[index]));
      return { difference: Math.max(...differences) };
    } catch (error) {
      const { message, reason } = /** @type {any} */ (error);
      return { error: message, reason };
    }
  }, engine);
}

/** @returns {Promise<string>} the version that the page is of */
function version() {
  return page.evaluate(async () => (await (await fetch("site.json")).json()).version);
}

/** Starts to keep the site, as the page does, and notes the updates that are offered. */
function startOffline() {
  return page.evaluate(async () => {
    const path = new URL("offline.js", document.baseURI).href;
    const offers = /** @type {(() => void)[]} */ ([]);
    Object.assign(globalThis, { offers });
    await (await import(path)).startOffline({ onUpdate: (/** @type {() => void} */ apply) => offers.push(apply) });
  });
}

/** @returns {Promise<boolean>} whether the site is kept now; false if that failed */
function isKept() {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
    while (worker && !["activated", "redundant"].includes(worker.state)) {
      await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
    }
    return worker?.state === "activated";
  });
}

/** @returns {Promise<boolean>} whether the newer worker is installed; false if that failed */
function isNewerInstalled() {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update();
    const worker = registration?.installing ?? registration?.waiting;
    while (worker && !["installed", "activated", "redundant"].includes(worker.state)) {
      await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
    }
    return worker?.state === "installed";
  });
}

/** @returns {Promise<number>} how often an update was offered to the page */
function numOffers() {
  return page.evaluate(() => /** @type {any} */ (globalThis).offers.length);
}

/**
 * Puts a folder in the place of the served one.
 *
 * @param {string} served
 * @param {string} newer
 */
async function swap(served, newer) {
  await rename(served, `${served}.old`);
  await rename(newer, served);
}

async function visit() {
  await page.goto(address);
  await startOffline();
}

/** @type {Record<string, () => Promise<object>>} */
const tasks = {
  run: async () => ({ answers: Object.fromEntries(await runAll()), isolated: await isIsolated() }),
  "run-webgl": async () => ({ answers: { "tfjs/float32/webgl": await run("tfjs/float32/webgl") } }),

  /** Without its server, the site goes on as it was; what was never asked for is not there. */
  async offline() {
    await visit();
    const wasKept = await isKept();
    await rename(folders[0], `${folders[0]}.away`);
    await page.reload();
    const isolated = await isIsolated();
    const [float16, litert] = [await run("tfjs/float16/wasm"), await run("litert/int8/wasm")];
    trouble.splice(0, Infinity, ...trouble.filter((text) => !text.includes("404")));
    return { wasKept, isolated, float16, litert };
  },

  /** What was asked for once is there from then on. */
  async "offline-litert"() {
    await visit();
    await isKept();
    await page.reload();
    await run("litert/int8/wasm");
    await rename(folders[0], `${folders[0]}.away`);
    await page.reload();
    return { litert: await run("litert/int8/wasm") };
  },

  async damaged() {
    await visit();
    const [isWholeKept, answer] = [await isKept(), await run("tfjs/float16/wasm")];
    const other = await run("tfjs/float32/wasm");
    trouble.splice(0);
    return { isWholeKept, answer, other, caches: await page.evaluate(() => caches.keys()) };
  },

  /** A newer version waits until it is agreed to; a damaged one is never offered. */
  async update() {
    const [served, damaged, newer] = folders;
    await visit();
    await isKept();
    await page.reload();
    await startOffline();
    await swap(served, damaged);
    const isDamagedInstalled = await isNewerInstalled();
    const offersOfDamaged = await numOffers();
    await rename(`${served}.old`, `${served}.first`);
    await swap(served, newer);
    const isInstalled = await isNewerInstalled();
    const offers = await numOffers();
    const before = await version();
    await Promise.all([page.waitForNavigation(), page.evaluate(() => /** @type {any} */ (globalThis).offers[0]())]);
    const after = await version();
    const names = await page.evaluate(() => caches.keys());
    trouble.splice(0, Infinity, ...trouble.filter((text) => !text.includes("not as it was built")));
    return { isDamagedInstalled, offersOfDamaged, isInstalled, offers, before, after, caches: names };
  },
};

async function runAll() {
  const engines = [
    "tfjs/float16/wasm",
    "tfjs/uint8/wasm",
    "tfjs/float32/wasm",
    "tfjs/float32/cpu",
    "tfjs/float32/webgpu",
  ];
  const answers = [];
  for (const engine of [...engines, "litert/int8/wasm"]) {
    answers.push([engine, await run(engine)]);
  }
  return answers;
}

function isIsolated() {
  return page.evaluate(() => crossOriginIsolated);
}

await page.goto(address);
console.log(JSON.stringify({ ...(await tasks[task]()), trouble }));
process.exit();
