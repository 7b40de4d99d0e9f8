/**
 * Uses the page of the embedding kit: prints its answers for the golden images, its word for drawn strokes, the addresses
 * that it asked for, and what it complained about. Arguments: the browser, variables for it as JSON, the page's address,
 * the golden images, bytes in one image, strokes as lists of points.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";

const [executable, environment, address, golden, imageBytes, strokes] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), false);
const page = await browser.newPage();
/** @type {string[]} */
const requests = [];
/** @type {string[]} */
const complaints = [];
page.on("request", (request) => requests.push(request.url()));
page.on("pageerror", (error) => complaints.push(error.message));
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
await page.goto(address);
const said = page.locator("#answer");
await page.locator("#answer", { hasText: "Draw" }).waitFor();
const bytes = readFileSync(golden);
const probabilities = [];
for (let start = 0; start < bytes.length; start += Number(imageBytes)) {
  const image = Array.from(bytes.subarray(start, start + Number(imageBytes)));
  probabilities.push(
    await page.evaluate(async (image) => Array.from(await /** @type {any} */ (window).classify(image)), image),
  );
}
const box = await page.locator("#paper").boundingBox();
for (const stroke of JSON.parse(strokes)) {
  const [first, ...others] = stroke.map((/** @type {number[]} */ [x, y]) => [(box?.x ?? 0) + x, (box?.y ?? 0) + y]);
  await page.mouse.move(first[0], first[1]);
  await page.mouse.down();
  for (const [x, y] of others) {
    await page.mouse.move(x, y, { steps: 8 });
  }
  await page.mouse.up();
}
await page.waitForFunction(() => /%|ink/.test(document.querySelector("output")?.value ?? ""));
const drawn = await said.textContent();
await page.locator("#clear").click();
const cleared = await said.textContent();
console.log(JSON.stringify({ probabilities, drawn, cleared, requests, complaints }));
process.exit();
