/**
 * What visitors do in the sections.
 *
 * @module
 */

import { readFile } from "node:fs/promises";

import { risesOf, stopCheckAtFirstCount } from "./in_page.mjs";
import { draw, HANDS, newVisitor, open, reads, visit } from "./visitor.mjs";

/** @typedef {import("playwright-core").Browser} Browser */

/** @type {Record<string, (browser: Browser, address: string, folder: string) => Promise<object>>} */
export const sections = {
  async engines(browser, address) {
    const page = await visit(browser, address);
    await draw(page, HANDS.quick[3]);
    await open(page, "engines");
    const answers = /** @type {Record<string, object>} */ ({});
    for (const id of ["tfjs/float32/cpu", "tfjs/uint8/webgl", "litert/int8/wasm", "tfjs/float16/wasm"]) {
      const row = page.locator("tr", { has: page.locator(`input[value="${id}"]`) });
      await row.locator("th").click({ position: { x: 3, y: 3 } });
      await row.getByText("in use").waitFor();
      await page.waitForFunction((id) => {
        const cells = document.querySelector(`input[value="${id}"]`)?.closest("tr")?.cells;
        return /\d/.test(cells?.[4].textContent ?? "");
      }, id);
      answers[id] = { digit: await reads(page, "3"), numbers: await row.locator("td:visible").allTextContents() };
    }
    return answers;
  },

  async check(browser, address) {
    const page = await visit(browser, address);
    await open(page, "check");
    const stopped = await page.evaluate(stopCheckAtFirstCount);
    await page.locator("#panel-check button").first().click();
    const verdict = await page.locator("#panel-check .verdict span").textContent();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download").click()]);
    const figures = await page.locator("#panel-check dd").allTextContents();
    const note = await page.locator("#panel-check .outcome .note").textContent();
    const again = await page.evaluate(stopCheckAtFirstCount);
    await open(page, "engines");
    await page.locator('input[value="litert/int8/wasm"]').check();
    await page.locator("tr.chosen").getByText("in use").waitFor();
    await open(page, "check");
    await page.locator("#panel-check button").first().click();
    const rounded = await page.locator("#panel-check .verdict span").textContent();
    const flip = await page.locator("#panel-check .flips span").first().textContent();
    await open(page, "inside");
    const silent = page.locator("#panel-inside > p", { hasText: "This engine tells only its answer." });
    await silent.waitFor();
    const isLegendShown = await page.locator(".legend").isVisible();
    const result = JSON.parse(await readFile(await download.path(), "utf8"));
    return { isLegendShown, stopped, verdict, figures, note, again, rounded, flip, result };
  },

  /** Stops, starts and changes the engine while the images are on their way. */
  async "early-stop"(browser, address) {
    const page = await newVisitor(browser, address, { serviceWorkers: "block" });
    let release = () => {};
    const held = new Promise((resolve) => (release = () => resolve(null)));
    await page.route("**/golden.bin", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(address);
    await open(page, "check");
    const button = page.locator("#panel-check button").first();
    const count = page.locator("#panel-check .count");
    const words = [];
    const counts = [];
    for (let click = 0; click < 3; click++) {
      await button.click();
      words.push(await button.textContent());
      counts.push(await count.textContent());
    }
    await open(page, "engines");
    await page.locator('input[value="tfjs/uint8/wasm"]').check();
    await page.locator("tr.chosen").getByText("in use").waitFor();
    await open(page, "check");
    words.push(await button.textContent());
    counts.push(await count.textContent());
    const isProgressShown = await page.locator("#panel-check progress").isVisible();
    await button.click();
    release();
    await page.locator("#panel-check .verdict span").waitFor();
    const engine = await page.locator("#panel-check dd").nth(6).textContent();
    words.push(await button.textContent());
    return { words, counts, isProgressShown, engine, problem: await page.locator("#problem").isVisible() };
  },

  async inside(browser, address) {
    const page = await visit(browser, address);
    await open(page, "inside");
    const blank = await page.locator("#panel-inside > p").first().textContent();
    const isAnyShown = await page.locator(":is(.layer, .map-detail, .legend):visible").count();
    await draw(page, HANDS.round[8]);
    await reads(page, "8");
    const sizes = await page
      .locator(".layer")
      .evaluateAll((layers) => layers.map((layer) => layer.querySelectorAll("canvas").length));
    const first = page.locator(".layer").first();
    const rises = await first.locator("canvas").evaluateAll(risesOf);
    const opened = await first
      .locator(".map")
      .evaluateAll((maps) => maps.findIndex((map) => map.getAttribute("aria-pressed") === "true"));
    await page.locator(".layer").nth(5).locator(".map").nth(3).click();
    const average = await page.locator(".map-detail").innerText();
    await page.locator(".layer").nth(1).locator(".map").nth(4).click();
    const title = await page.locator(".map-detail h3").textContent();
    const kernels = await page.locator(".kernel canvas").count();
    const moves = /** @type {Record<string, number[]>} */ ({});
    for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
      const from = await page.locator(":focus").boundingBox();
      await page.keyboard.press(key);
      const to = await page.locator(":focus").boundingBox();
      moves[key] = from && to ? [Math.sign(to.x - from.x), Math.sign(to.y - from.y)] : [];
    }
    const third = page.locator(".layer").nth(2).locator(".map");
    const stops = [];
    for (const [from, key] of /** @type {[number, string][]} */ ([
      [0, "ArrowUp"],
      [10, "ArrowDown"],
      [10, "ArrowLeft"],
      [21, "ArrowRight"],
    ])) {
      await third.nth(from).focus();
      await page.keyboard.press(key);
      stops.push(await third.evaluateAll((maps) => maps.findIndex((map) => map === document.activeElement)));
    }
    const votes = await page
      .locator(".layer")
      .last()
      .locator("canvas")
      .evaluateAll((canvases) =>
        canvases.map(
          (canvas) => /** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 1, 1).data[0] ?? 0,
        ),
      );
    const names = await page.locator(".layer").last().locator(".map").allInnerTexts();
    const brightest = votes.indexOf(Math.max(...votes));
    return { blank, isAnyShown, sizes, rises, opened, average, title, kernels, names, moves, stops, brightest };
  },
};
