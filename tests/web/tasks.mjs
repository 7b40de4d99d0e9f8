/**
 * What visitors do with the page, each with what came of it.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { failures } from "./failures.mjs";
import {
  colours,
  drawPicture,
  offerPicture,
  outOfView,
  risesOf,
  stopCheckAtFirstCount,
  violations,
} from "./in_page.mjs";
import { draw, HANDS, newVisitor, open, reads, visit } from "./visitor.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */

/** @type {Record<string, number[][][]>} */
const NO_DIGITS = {
  W: [
    [
      [12, 22],
      [31, 80],
      [50, 36],
      [69, 80],
      [88, 22],
    ],
  ],
  star: [
    [
      [50, 14],
      [72, 84],
      [14, 40],
      [86, 40],
      [28, 84],
      [50, 14],
    ],
  ],
  house: [
    [
      [24, 84],
      [24, 46],
      [50, 18],
      [76, 46],
      [76, 84],
      [24, 84],
    ],
    [
      [44, 84],
      [44, 62],
      [56, 62],
      [56, 84],
    ],
  ],
};
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

  async digits(browser, address) {
    const page = await visit(browser, address, { viewport: { width: 390, height: 700 } });
    const answers = /** @type {Record<string, Record<string, string>>} */ ({});
    for (const [hand, digits] of Object.entries(HANDS)) {
      answers[hand] = {};
      for (const [digit, strokes] of Object.entries(digits)) {
        await draw(page, strokes);
        answers[hand][digit] = (await reads(page, digit)) + (await page.locator(".more").textContent());
        await page.locator("#clear").click();
        await reads(page, "");
      }
    }
    return answers;
  },

  async others(browser, address) {
    const page = await visit(browser, address);
    const answers = /** @type {Record<string, string | null>} */ ({});
    const heights = [await heightOf(page, ".steps")];
    for (const [name, strokes] of Object.entries(NO_DIGITS)) {
      await draw(page, strokes);
      await reads(page, "?");
      answers[name] = await page.locator(".sentence").textContent();
      heights.push(await heightOf(page, ".steps"));
      await page.locator("#clear").click();
      await reads(page, "");
    }
    return { answers, heights };
  },

  async two(browser, address) {
    const page = await visit(browser, address, { viewport: { width: 320, height: 640 } });
    const tops = () =>
      page
        .locator(".answer > :not(.more)")
        .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top));
    await draw(page, HANDS.round[4], { scale: 0.55, top: 0.2 });
    const alone = await reads(page, "4");
    const before = await tops();
    await draw(page, HANDS.round[2], { scale: 0.4, left: 0.58, top: 0.3 });
    const more = page.locator(".more:not(:empty)");
    await more.waitFor();
    const beside = await reads(page, "4");
    const spoken = page.locator("#spoken", { hasText: (await more.textContent()) ?? "" });
    await spoken.waitFor();
    return {
      digits: [alone, beside],
      spoken: await spoken.textContent(),
      tops: [before, await tops()],
      height: (await more.boundingBox())?.height,
    };
  },

  async tools(browser, address) {
    const page = await visit(browser, address);
    const [one, seven] = [HANDS.round[1], HANDS.round[7]];
    const sentence = page.locator(".sentence");
    const empty = await sentence.textContent();
    await draw(page, seven);
    const drawn = await reads(page, "7");
    const words = await sentence.textContent();
    await page.locator("#clear").click();
    const cleared = await reads(page, "");
    await page.locator("#undo").click();
    const undone = await reads(page, "7");
    await page.keyboard.press("Control+z");
    const gone = await reads(page, "");
    await draw(page, one, { scale: 0.3, left: 0.68, top: 0.66 });
    const small = await reads(page, "1");
    const numbers = await page.locator(".bars .number").allTextContents();
    const heard = await page.locator(".bars").ariaSnapshot();
    await page.locator("#naive-switch").check();
    await page.locator(".naive .verdict:not(:empty)").waitFor();
    return { empty, drawn, words, cleared, undone, gone, small, numbers, heard };
  },

  async keyboard(browser, address) {
    const page = await visit(browser, address);
    await page.locator("#paper").focus();
    const isPenDown = /** @type {boolean[]} */ ([]);
    for (const key of ["Control+z", "Delete"]) {
      for (const press of ["Space", "ArrowUp", key]) {
        await page.keyboard.press(press);
      }
      isPenDown.push(await page.locator("#cursor.down").isVisible());
    }
    await repeat(page, "ArrowUp", 7);
    await page.keyboard.press("Space");
    await repeat(page, "ArrowDown", 18);
    await page.keyboard.press("Space");
    const drawn = await reads(page, "1");
    const isCursorShown = await page.locator("#cursor").isVisible();
    await page.keyboard.press("Delete");
    const cleared = await reads(page, "");
    await page.keyboard.press("Space");
    await draw(page, HANDS.round[1]);
    return { drawn, isCursorShown, isPenDown, cleared, byMouse: await reads(page, "1") };
  },

  async touch(browser, address) {
    const page = await visit(browser, address, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 360, height: 640 },
    });
    const box = /** @type {{ x: number, y: number, width: number }} */ (await page.locator("#paper").boundingBox());
    const session = await page.context().newCDPSession(page);
    const points = HANDS.round[7].flat().map(([x, y]) => ({
      x: box.x + (x / 100) * box.width,
      y: box.y + (y / 100) * box.width,
      id: 0,
    }));
    const resting = { x: box.x + 20, y: box.y + box.width - 20, id: 1 };
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [points[0]] });
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [points[0], resting] });
    for (const point of [...points].concat(points.toReversed(), points)) {
      await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [point, resting] });
    }
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    return { drawn: await reads(page, "7"), scrolled: await page.evaluate(() => scrollY) };
  },

  async photos(browser, address) {
    const page = await visit(browser, address);
    const picture = await page.evaluate(drawPicture, false);
    const file = { name: "four.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") };
    await page.locator("#photo").setInputFiles(file);
    const picked = await reads(page, "4");
    const others = /** @type {string[]} */ ([]);
    for (const type of ["drop", "paste"]) {
      await page.locator("#clear").click();
      await reads(page, "");
      await page.evaluate(offerPicture, [type, picture]);
      others.push(await reads(page, "4"));
    }
    const blank = await page.evaluate(drawPicture, true);
    await page.locator("#photo").setInputFiles({ ...file, buffer: Buffer.from(blank, "base64") });
    await reads(page, "");
    const ofBlank = await page.locator(".sentence").textContent();
    await page.locator("#photo").setInputFiles({ ...file, buffer: Buffer.from("no picture") });
    await page.locator("#problem:visible").waitFor();
    return { picked, others, ofBlank, problem: await page.locator("#problem").textContent() };
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

  ...failures,
};

/**
 * @param {Page} page
 * @param {string} name
 * @returns {Promise<number | undefined>} in px
 */
async function heightOf(page, name) {
  return (await page.locator(name).boundingBox())?.height;
}

/**
 * @param {Page} page
 * @param {string} key
 * @param {number} times
 */
async function repeat(page, key, times) {
  for (let time = 0; time < times; time++) {
    await page.keyboard.press(key);
  }
}
