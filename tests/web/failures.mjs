/**
 * What visitors see of files that are late, changed or missing.
 *
 * @module
 */

import { drawPicture, firstSight } from "./in_page.mjs";
import { draw, HANDS, newVisitor, open, reads } from "./visitor.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */

const NO_PICTURE = { name: "four.png", mimeType: "image/png", buffer: Buffer.from("no picture") };

/** @type {Record<string, (browser: Browser, address: string) => Promise<object>>} */
export const failures = {
  async damaged(browser, address) {
    const page = await newVisitor(browser, address);
    await page.route("**/float16/group1-shard1of1.bin", async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[100] ^= 1;
      await route.fulfill({ response, body });
    });
    await page.goto(address);
    const { problem } = await problemOf(page, "changed");
    await open(page, "inside");
    await page.locator("#photo").setInputFiles(NO_PICTURE);
    await problemOf(page, "no picture");
    await draw(page, HANDS.round[7]);
    await page.locator("#problem").waitFor({ state: "hidden" });
    const inside = await page.locator("#panel-inside > p").first().textContent();
    return { problem, inside, sentence: await page.locator(".sentence").textContent() };
  },

  /** Before the page's own code is there: what can be done already, and what then comes of it. */
  async early(browser, address) {
    const kept = { origin: new URL(address).origin, localStorage: [{ name: "theme", value: "dark" }] };
    const page = await newVisitor(browser, address, {
      storageState: { cookies: [], origins: [kept] },
      viewport: { width: 390, height: 700 },
    });
    const { held, release } = hold();
    await page.route("**/main.js", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(address, { waitUntil: "commit" });
    await page.getByText("One moment").waitFor();
    const before = await page.evaluate(firstSight);
    const picture = Buffer.from(await page.evaluate(drawPicture, false), "base64");
    await page.locator("#photo").setInputFiles({ name: "four.png", mimeType: "image/png", buffer: picture });
    release();
    const photo = await reads(page, "4");
    await page.locator("#theme").click();
    return { before, photo, after: await page.evaluate(firstSight) };
  },

  /** What the page says of the default engine's load, where the site's own description is late. */
  async late(browser, address) {
    const page = await newVisitor(browser, address);
    const delay_ms = 600;
    const { held, release } = hold();
    await page.route("**/site.json", async (route) => {
      await Promise.all([held, new Promise((resolve) => setTimeout(resolve, delay_ms))]);
      await route.continue();
    });
    await page.goto(address, { waitUntil: "commit" });
    await page.locator("#photo").setInputFiles(NO_PICTURE);
    const { sentence } = await problemOf(page, "no picture");
    release();
    await open(page, "engines");
    const row = page.locator("tr", { has: page.locator("input:checked") });
    await row.getByText("in use").waitFor();
    return { delay_ms, sentence, load_ms: Number(await row.locator("td").nth(1).textContent()) };
  },

  /** Without its WebAssembly the default engine does not start, nor one without its vendor file; another one does. */
  async "no-wasm"(browser, address) {
    const page = await newVisitor(browser, address);
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
    await page.route("**/vendor/tfjs-cpu.js", (route) => route.abort());
    await page.goto(address);
    const { problem } = await problemOf(page);
    await open(page, "engines");
    const first = await page.locator("tr.chosen td:visible").last().textContent();
    const row = await chooseEngine(page, "tfjs/float32/cpu", "did not start");
    const reason = await row.locator("td:visible").last().textContent();
    const { held, release } = hold();
    await page.route("**/vendor/tfjs-cpu.js", (route) => held.then(() => route.abort()));
    await chooseEngine(page, "tfjs/float32/cpu", "loading");
    await chooseEngine(page, "tfjs/float32/webgl", "loading");
    release();
    const digit = await readWith(page, "tfjs/float32/webgl");
    return { problem, first, reason, digit, isAlertLeft: await page.locator("#problem").isVisible() };
  },

  /** Without the code for TF.js no engine of it starts; the other library does, at the second try if not at the first. */
  async "no-tfjs"(browser, address) {
    const page = await newVisitor(browser, address);
    let isOffline = true;
    await page.route("**/engines/tfjs.js", (route) => route.abort());
    await page.route("**/vendor/litert-wasm/**", (route) => (isOffline ? route.abort() : route.continue()));
    await page.goto(address);
    const { problem } = await problemOf(page);
    await open(page, "engines");
    const row = await chooseEngine(page, "litert/int8/wasm", "did not start");
    const reason = await row.locator("td:visible").last().textContent();
    isOffline = false;
    return { problem, reason, digit: await readWith(page, "litert/int8/wasm") };
  },

  /** Without the code that finds the layers the engine answers all the same. */
  async "no-layers"(browser, address) {
    const page = await newVisitor(browser, address);
    await page.route("**/model/layers.js", (route) => route.abort());
    await page.goto(address);
    await page.locator("button[aria-controls=panel-inside]").click();
    await draw(page, HANDS.round[7]);
    return { digit: await reads(page, "7"), ...(await problemOf(page)) };
  },

  /** Without its code, or a file of it, a part of the page does less, and the page says why. */
  async "no-section"(browser, address) {
    const page = await newVisitor(browser, address);
    for (const name of ["views/check.js", "strings/zh.js", "naive.js"]) {
      await page.route(`**/${name}`, (route) => route.abort());
    }
    await page.route("**/typical.bin", (route) => route.fulfill({ status: 404 }));
    await page.route("**/views/engines.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: "null.x" }),
    );
    await page.goto(address);
    const problems = /** @type {(string | null)[]} */ ([]);
    for (const [button, words] of [
      ["[aria-controls=panel-check]", "check.js"],
      ["[aria-controls=panel-inside]", "typical.bin"],
      ["[aria-controls=panel-engines]", "null"],
      ["#language", "zh.js"],
    ]) {
      await page.locator(button).click();
      problems.push((await problemOf(page, words)).problem);
    }
    await open(page, "sees");
    await page.locator("#naive-switch").check();
    await draw(page, HANDS.round[7]);
    const digit = await reads(page, "7");
    problems.push((await problemOf(page, "naive.js")).problem);
    return { digit, problems };
  },
};

/** @returns {{ held: Promise<void>, release: () => void }} what waits, and what ends that */
function hold() {
  let release = () => {};
  const held = new Promise((/** @type {(value: void) => void} */ resolve) => (release = () => resolve()));
  return { held, release };
}

/**
 * @param {Page} page
 * @param {string} [words] of the problem that is meant
 * @returns {Promise<{ problem: string | null, sentence: string | null }>} what it says once it says that something is wrong
 */
async function problemOf(page, words = "") {
  await page.locator("#problem:visible", { hasText: words }).waitFor();
  return {
    problem: await page.locator("#problem").textContent(),
    sentence: await page.locator(".sentence").textContent(),
  };
}

/**
 * @param {Page} page
 * @param {string} id of an engine
 * @returns {Promise<string>} what it reads in a drawn seven
 */
async function readWith(page, id) {
  await open(page, "engines");
  await chooseEngine(page, id, "in use");
  await draw(page, HANDS.round[7]);
  return reads(page, "7");
}

/**
 * @param {Page} page with the engines open
 * @param {string} id of an engine
 * @param {string} status that it comes to
 * @returns {Promise<import("playwright-core").Locator>} its row
 */
async function chooseEngine(page, id, status) {
  const row = page.locator("tr", { has: page.locator(`input[value="${id}"]`) });
  await row.locator("input").click();
  await row.locator(".status", { hasText: status }).waitFor();
  return row;
}
