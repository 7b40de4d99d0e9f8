/**
 * What visitors do with the page, each with what came of it.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { drawing } from "./drawing.mjs";
import { failures } from "./failures.mjs";
import { colours, outOfView, violations } from "./in_page.mjs";
import { sections } from "./sections.mjs";
import { draw, HANDS, newVisitor, open, reads, visit } from "./visitor.mjs";

/** @typedef {import("playwright-core").Browser} Browser */

/** Projectors, small laptops, a phone on its side. */
const LOW_SCREENS = [
  [1366, 625],
  [1280, 600],
  [1024, 600],
  [1920, 540],
  [740, 360],
];
const SECTIONS = ["sees", "inside", "engines", "check"];

/** @type {Record<string, (browser: Browser, address: string, folder: string) => Promise<object>>} */
export const tasks = {
  async loading(browser, address) {
    const page = await visit(browser, address, { viewport: { width: 390, height: 700 } });
    return page.evaluate(() => {
      const links = document.querySelectorAll("link[rel=modulepreload], link[rel=preload][as=fetch]");
      const named = Array.from(links, (link) => /** @type {HTMLLinkElement} */ (link).href);
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      // Scripts of the page itself, and the language, which is not known beforehand.
      const known = /\/(unserved|theme|ahead|main|sw|strings\/\w+)\.js$/;
      const needed = loaded.filter(
        (name) => /\.(js|wasm)$|\/contract\.json$|\/models\//.test(name) && !known.test(name),
      );
      return {
        num_needed: needed.length,
        unnamed: needed.filter((name) => !named.includes(name)),
        unused: named.filter((name) => !loaded.includes(name)),
        twice: loaded.filter((name, index) => loaded.indexOf(name) !== index),
      };
    });
  },

  async languages(browser, address) {
    const page = await visit(browser, address, { locale: "zh-CN" });
    const first = await page.locator("h1").textContent();
    await page.locator("#language").click();
    await page.locator("html[lang=en]").waitFor();
    await page.reload();
    await page.locator("html[lang=en]").waitFor();
    const kept = await page.locator("h1").textContent();
    await draw(page, HANDS.round[7]);
    await reads(page, "7");
    await page.locator("#language").click();
    await page.locator("html[lang=zh]").waitFor();
    const sentence = await page.locator(".sentence").textContent();
    for (const name of SECTIONS) {
      await open(page, name);
    }
    const texts = await page.evaluate(() =>
      Array.from(document.querySelectorAll("[data-text]"), (element) => element.textContent ?? ""),
    );
    return { first, kept, sentence, untranslated: texts.filter((text) => /^[a-z]+(\.[a-z0-9 ]+)*$/.test(text)) };
  },

  async screens(browser, address) {
    const page = await visit(browser, address, { viewport: { width: 320, height: 640 } });
    await draw(page, HANDS.round[0]);
    const outside = /** @type {string[]} */ ([]);
    for (const [width, height] of LOW_SCREENS) {
      await page.setViewportSize({ width, height });
      outside.push(...(await page.evaluate(outOfView)).map((what) => `${width} × ${height}: ${what}`));
    }
    const widths = /** @type {number[][]} */ ([]);
    for (const width of [320, 768, 1400]) {
      await page.setViewportSize({ width, height: 800 });
      for (const name of SECTIONS) {
        await open(page, name);
        widths.push([width, await page.evaluate(() => document.documentElement.scrollWidth)]);
      }
    }
    await page.emulateMedia({ forcedColors: "active", colorScheme: "dark" });
    return { widths, outside, forced: await page.evaluate(colours) };
  },

  async accessibility(browser, address) {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const found = /** @type {string[]} */ ([]);
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const page = await visit(browser, address, { colorScheme, viewport: { width: 390, height: 844 } });
      await page.evaluate(axe);
      found.push(...(await violations(page)));
      await draw(page, HANDS.round[5]);
      for (const name of SECTIONS) {
        await open(page, name);
      }
      await page.locator("#naive-switch").check();
      await page.locator("#panel-check button").first().click();
      await page.locator("#panel-check .verdict span").waitFor();
      found.push(...(await violations(page)));
      await page.setViewportSize({ width: 1400, height: 900 });
      found.push(...(await violations(page)));
    }
    return { found };
  },

  async "no-script"(browser, address) {
    const page = await newVisitor(browser, address, { javaScriptEnabled: false });
    await page.goto(address);
    return {
      shown: await page.locator("p:visible").allInnerTexts(),
      buttons: await page.locator("button:visible").count(),
    };
  },

  async file(browser, _, folder) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    return { says: await page.locator("#unserved").isVisible(), papers: await page.locator("#paper:visible").count() };
  },

  ...drawing,
  ...sections,
  ...failures,
};
