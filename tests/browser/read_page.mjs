/**
 * Opens a page from a file: prints how wide it is on each screen, and a column of a table before and after its heading
 * is clicked once and twice, of the first table that can be sorted. Arguments: the browser, variables for it as JSON, the
 * file, the heading.
 *
 * @module
 */

import { pathToFileURL } from "node:url";

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";

const [executable, environment, path, heading] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), false);
const page = await browser.newPage();
await page.goto(pathToFileURL(path).href);
const widths = [];
for (const width of [390, 1400]) {
  await page.setViewportSize({ width, height: 900 });
  widths.push([width, await page.evaluate(() => document.documentElement.scrollWidth)]);
}
const table = page.locator("table", { has: page.locator("th button") }).first();
const readColumn = () =>
  table.evaluate((element, heading) => {
    const { tHead, tBodies } = /** @type {HTMLTableElement} */ (element);
    const headings = Array.from(tHead?.rows[0].cells ?? [], (cell) => cell.textContent?.trim());
    return Array.from(tBodies[0].rows, (row) => row.cells[headings.indexOf(heading)].textContent?.trim());
  }, heading);
const columns = [await readColumn()];
for (let clicks = 0; clicks < 2; clicks++) {
  await table.locator("th button").getByText(heading, { exact: true }).click();
  columns.push(await readColumn());
}
console.log(JSON.stringify({ widths, columns }));
process.exit();
