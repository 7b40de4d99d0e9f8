/**
 * Takes pictures of the page at three widths, light and dark, with a digit drawn and a section open.
 * Arguments: the browser, variables for it as JSON, the site's address, the folder for the pictures.
 *
 * @module
 */

import { join } from "node:path";

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";
import { draw, HANDS, open, reads, visit } from "./visitor.mjs";

const [executable, environment, address, folder] = process.argv.slice(2);
const SCREENS = [
  { width: 360, height: 740, section: "sees" },
  { width: 768, height: 1024, section: "inside" },
  { width: 1400, height: 900, section: "inside" },
];
const browser = await launch(executable, JSON.parse(environment), true);
for (const { section, ...viewport } of SCREENS) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await visit(browser, address, { viewport, colorScheme });
    await open(page, section);
    await draw(page, HANDS.round[8]);
    await reads(page, "8");
    await page.screenshot({
      path: join(folder, `${viewport.width}-${colorScheme}.png`),
      fullPage: viewport.width < 1000,
    });
    await page.context().close();
  }
}
await browser.close();
process.exit();
