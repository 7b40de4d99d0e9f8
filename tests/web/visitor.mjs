/**
 * A visitor of the page: opens it, draws, reads what it answers. Whatever goes wrong meanwhile is noted as trouble.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {number[][][]} Strokes points from 0 to 100, across and down */

const TIMEOUT_MS = 20_000;

/** @type {Record<string, Record<string, Strokes>>} by the hand that drew them, and by digit */
export const HANDS = JSON.parse(readFileSync(new URL("strokes.json", import.meta.url), "utf8"));

/** @type {string[]} */
export const trouble = [];

/**
 * @param {Browser} browser
 * @param {string} address
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @returns {Promise<Page>}
 */
export async function newVisitor(browser, address, options = {}) {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1000, height: 700 }, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  // LiteRT.js tells as errors what it does.
  page.on("console", (message) => {
    if (message.type() === "error" && !/^(INFO|WARNING): /.test(message.text())) {
      trouble.push(message.text());
    }
  });
  page.on("pageerror", (error) => trouble.push(error.message));
  context.on("request", (request) => !request.url().startsWith(address) && trouble.push(`asked for ${request.url()}`));
  return page;
}

/**
 * @param {Browser} browser
 * @param {string} address
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @returns {Promise<Page>} when the network is loaded
 */
export async function visit(browser, address, options) {
  const page = await newVisitor(browser, address, options);
  await page.goto(address);
  await page.locator(".bars li").nth(9).waitFor();
  await page.waitForFunction(() => !/…/.test(document.querySelector(".sentence")?.textContent ?? "…"));
  return page;
}

/**
 * @param {Page} page
 * @param {Strokes} strokes
 * @param {{ scale?: number, left?: number, top?: number }} [place] of the drawing on the paper
 */
export async function draw(page, strokes, { scale = 1, left = 0, top = 0 } = {}) {
  const box = /** @type {{ x: number, y: number, width: number }} */ (await page.locator("#paper").boundingBox());
  const place = (/** @type {number[]} */ [across, down]) => {
    const [x, y] = [left + (across / 100) * scale, top + (down / 100) * scale];
    return /** @type {[number, number]} */ ([box.x + x * box.width, box.y + y * box.width]);
  };
  for (const [start, ...others] of strokes) {
    await page.mouse.move(...place(start));
    await page.mouse.down();
    for (const point of others) {
      await page.mouse.move(...place(point));
    }
    await page.mouse.up();
  }
}

/**
 * @param {Page} page
 * @param {string} expected the label in the card, or nothing
 * @returns {Promise<string>} what the card says at last
 */
export async function reads(page, expected) {
  const symbol = page.locator(".symbol");
  await page
    .waitForFunction((wanted) => document.querySelector(".symbol")?.textContent === wanted, expected, {
      timeout: 3_000,
    })
    .catch(() => undefined);
  return (await symbol.textContent()) ?? "";
}

/**
 * @param {Page} page
 * @param {string} name of a section
 */
export async function open(page, name) {
  const button = page.locator(`button[aria-controls=panel-${name}]`);
  // The page learns of another size of its window with the next frame: until then it may show what it is about to close.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  if ((await button.getAttribute("aria-expanded")) !== "true") {
    await button.click();
  }
  await page.locator(`#panel-${name} > *`).first().waitFor();
}
