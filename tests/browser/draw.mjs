/**
 * Uses the page of the embedding kit: prints its answers for images, its word for each drawing, the addresses that it
 * asked for, and what it complained about. Arguments: the browser, variables for it as JSON, the page's address, the
 * images, bytes in one image, drawings as lists of strokes, which are lists of points.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";

const [executable, environment, address, images, imageBytes, drawings] = process.argv.slice(2);
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
const answer = page.locator("#answer");
await page.locator("#answer", { hasText: "Draw" }).waitFor();
const bytes = readFileSync(images);
const answers = [];
for (let start = 0; start < bytes.length; start += Number(imageBytes)) {
  const image = Array.from(bytes.subarray(start, start + Number(imageBytes)));
  answers.push(await page.evaluate((image) => /** @type {any} */ (window).classify(image), image));
}
const box = await page.locator("#paper").boundingBox();
const said = [];
const cleared = [];
for (const drawing of JSON.parse(drawings)) {
  for (const stroke of drawing) {
    await draw(stroke);
  }
  await page.waitForFunction(() => /%|here|ink/.test(document.querySelector("output")?.value ?? ""));
  said.push(await answer.textContent());
  await page.locator("#clear").click();
  cleared.push(await answer.textContent());
}
console.log(JSON.stringify({ answers, said, cleared, requests, complaints }));
process.exit();

/** @param {number[][]} stroke points on the paper */
async function draw(stroke) {
  const [first, ...others] = stroke.map(([x, y]) => [(box?.x ?? 0) + x, (box?.y ?? 0) + y]);
  await page.mouse.move(first[0], first[1]);
  await page.mouse.down();
  for (const [x, y] of others) {
    await page.mouse.move(x, y, { steps: 8 });
  }
  await page.mouse.up();
}
