/**
 * What visitors do with paper and pen, and with photographs.
 *
 * @module
 */

import { drawPicture, offerPicture } from "./in_page.mjs";
import { draw, HANDS, open, reads, visit } from "./visitor.mjs";

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

/** @type {Record<string, (browser: Browser, address: string, folder: string) => Promise<object>>} */
export const drawing = {
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
