/**
 * Measures the web demo in Chromium as a visitor meets it: prints what it found as JSON.
 * Arguments: the browser, variables for it as JSON, the page's address.
 *
 * @module
 */

import { launch } from "../pipeline/runtimes/js/chromium.mjs";

const NUM_VISITS = 9;
const NUM_ANSWERS = 1_000;
const NUM_GROWTH_ANSWERS = 10_000;
const NUM_WARM_UP = 500;
const SLOWDOWN = 6;
const DRAWING_MS = 4_000;

const [executable, environment, address] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), false);

/** A page that nobody visited before: nothing is in a cache. */
async function newVisit() {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, serviceWorkers: "block" });
  const page = await context.newPage();
  return { page, session: await context.newCDPSession(page), close: () => context.close() };
}

/**
 * From the navigation to the first answer on the screen: a stroke is drawn as soon as there is paper.
 *
 * @returns {Promise<{ first_answer_s: number, files: Record<string, number> }>} `files`: bytes on the wire, with the
 *   headers of answers, of all that was loaded until then
 */
async function firstAnswer() {
  const { page, session, close } = await newVisit();
  const files = await countBytes(session);
  const first_answer_s = await drawFirst(page);
  await close();
  return { first_answer_s, files: Object.fromEntries(files()) };
}

/**
 * @param {import("playwright-core").Page} page
 * @returns {Promise<number>} seconds from the navigation to the answer
 */
async function drawFirst(page) {
  await page.addInitScript(drawAtOnce);
  await page.goto(address, { waitUntil: "commit" });
  const answered = await page.waitForFunction(() => /** @type {any} */ (globalThis).answeredAfter_ms);
  return (await answered.jsonValue()) / 1000;
}

/** Runs in the page, before anything of it does. */
function drawAtOnce() {
  const observer = new MutationObserver(() => {
    const [paper, answer] = ["#paper", "#answer"].map((name) => document.querySelector(name));
    if (paper?.parentElement?.classList.contains("empty")) {
      const { left, top, width, height } = paper.getBoundingClientRect();
      const point = (/** @type {string} */ kind, /** @type {number} */ down) =>
        paper.dispatchEvent(
          new PointerEvent(kind, {
            ...{ pointerId: 1, isPrimary: true, bubbles: true, cancelable: true, pressure: 0.5, buttons: 1 },
            clientX: left + width / 2,
            clientY: top + height * down,
          }),
        );
      point("pointerdown", 0.2);
      [0.3, 0.4, 0.5, 0.6, 0.7].forEach((down) => point("pointermove", down));
      point("pointerup", 0.8);
    }
    if (["sure", "rejected"].includes(/** @type {HTMLElement | null} */ (answer)?.dataset.state ?? "")) {
      observer.disconnect();
      requestAnimationFrame(() => Object.assign(globalThis, { answeredAfter_ms: performance.now() }));
    }
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

/**
 * @param {import("playwright-core").CDPSession} session
 * @returns {Promise<() => [path: string, bytes: number][]>}
 */
async function countBytes(session) {
  const paths = /** @type {Map<string, string>} */ (new Map());
  const bytes = /** @type {Map<string, number>} */ (new Map());
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    paths.set(requestId, request.url.replace(address, "") || "index.html");
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes.set(paths.get(requestId) ?? "", encodedDataLength);
  });
  await session.send("Network.enable");
  return () => [...bytes].sort();
}

/**
 * Answers for enlarged test images, as the paper would hold them: preparation, both networks, results read.
 *
 * @returns {Promise<{ answers_s: number[], preparations_s: number[], grainy_preparations_s: number[], tensors: number,
 *   heap_bytes: number, wasm_bytes: number }>} preparations are of 400 × 400 pixels and without the networks; growth: what
 *   10,000 answers leave behind
 */
async function answers() {
  const { page, session, close } = await newVisit();
  await drawFirst(page);
  await page.evaluate(async () => {
    /** @type {(path: string) => Promise<any>} */
    const load = (path) => import(new URL(path, document.baseURI).href);
    const names = ["engines/catalogue.js", "engines/tfjs.js", "golden.js", "integrity.js", "preprocess.js", "paper.js"];
    const [catalogue, tfjs, goldens, integrity, { prepareStepwise }, { SHEET_PX }] = await Promise.all(names.map(load));
    const site = await integrity.loadSite();
    const contract = JSON.parse(new TextDecoder().decode(await integrity.fetchVerified(site, "contract.json")));
    const runner = await tfjs.start(catalogue.getEngine(catalogue.DEFAULT_ENGINE), site, contract);
    const { images } = await goldens.loadGolden(site);
    const side = contract.input.height;
    /** @type {(scale: number, sheet: number) => { height: number, width: number, values: Uint8Array }[]} */
    const enlarge = (scale, sheet) => {
      const margin = (sheet - scale * side) / 2;
      return Array.from({ length: 50 }, (_, index) => {
        const values = new Uint8Array(sheet * sheet).fill(255);
        for (let row = 0; row < side * scale; row++) {
          for (let column = 0; column < side * scale; column++) {
            const from = index * side * side + Math.floor(row / scale) * side + Math.floor(column / scale);
            values[(row + margin) * sheet + column + margin] = 255 - images[from];
          }
        }
        return { height: sheet, width: sheet, values };
      });
    };
    const [drawings, large] = [enlarge(3, SHEET_PX), enlarge(10, 400)];
    // As photographs have it: nothing of the paper is quite white, and no two neighbours are alike.
    const grainy = large.map(({ values, ...size }) => ({
      ...size,
      values: values.map((level, index) => level - (level >> 4) + ((7 * index) % 9)),
    }));
    const { backend, memory } = await load("vendor/tfjs.js");
    Object.assign(globalThis, {
      async answer(/** @type {number} */ index) {
        const { image } = prepareStepwise(drawings[index % drawings.length], contract);
        await runner.predict(image, 1);
        await runner.detect(image);
      },
      prepareLarge: (/** @type {number} */ index) => prepareStepwise(large[index % large.length], contract),
      prepareGrainy: (/** @type {number} */ index) => prepareStepwise(grainy[index % grainy.length], contract),
      usedMemory: () => ({ tensors: memory().numTensors, wasm_bytes: backend().wasm.HEAPU8.length }),
    });
  });
  const run = (/** @type {number} */ count, /** @type {string} */ work) =>
    page.evaluate(async ([count, work]) => {
      const workOn = /** @type {any} */ (globalThis)[work];
      const samples = [];
      for (let index = 0; index < count; index++) {
        const started = performance.now();
        await workOn(index);
        samples.push((performance.now() - started) / 1000);
      }
      return samples.slice(-1_000);
    }, /** @type {const} */ ([count, work]));
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return { heap_bytes: usedSize, ...(await page.evaluate(() => /** @type {any} */ (globalThis).usedMemory())) };
  };
  await run(NUM_WARM_UP, "answer");
  const answers_s = await run(NUM_ANSWERS, "answer");
  await run(NUM_WARM_UP, "prepareLarge");
  const preparations_s = await run(NUM_ANSWERS, "prepareLarge");
  await run(NUM_WARM_UP, "prepareGrainy");
  const grainy_preparations_s = await run(NUM_ANSWERS, "prepareGrainy");
  const before = await used();
  await run(NUM_GROWTH_ANSWERS, "answer");
  const after = await used();
  await close();
  return {
    answers_s,
    preparations_s,
    grainy_preparations_s,
    tensors: after.tensors - before.tensors,
    heap_bytes: after.heap_bytes - before.heap_bytes,
    wasm_bytes: after.wasm_bytes - before.wasm_bytes,
  };
}

/**
 * Draws without a pause while the processor is slowed down.
 *
 * @returns {Promise<number[]>} seconds between frames
 */
async function frames() {
  const { page, session, close } = await newVisit();
  await page.goto(address);
  const box = await page.locator("#paper").boundingBox();
  if (!box) {
    throw new Error("expected paper to draw on, found none");
  }
  const at = (/** @type {number} */ angle) =>
    /** @type {const} */ ([
      box.x + box.width * (0.5 + 0.25 * Math.sin(angle)),
      box.y + box.height * (0.5 + 0.35 * Math.sin(2 * angle)),
    ]);
  await page.mouse.move(...at(0));
  await page.mouse.down();
  await page.waitForSelector("#answer[data-state=sure], #answer[data-state=rejected]");
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  const intervals = page.evaluate(async (duration_ms) => {
    const nextFrame = () => new Promise(requestAnimationFrame);
    const times = [await nextFrame()];
    while (times[times.length - 1] - times[0] < duration_ms) {
      times.push(await nextFrame());
    }
    return times.slice(1).map((time, index) => (time - times[index]) / 1000);
  }, DRAWING_MS);
  const started = performance.now();
  for (let step = 1; performance.now() - started < DRAWING_MS; step++) {
    await page.mouse.move(...at(step / 20));
    // A mouse tells its place 125 times a second.
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  const result = await intervals;
  await close();
  return result;
}

const visits = [];
for (let visit = 0; visit < NUM_VISITS; visit++) {
  visits.push(await firstAnswer());
}
const result = {
  browser: `Chromium ${browser.version()}`,
  wire_bytes: visits[0].files,
  first_answers_s: visits.map(({ first_answer_s }) => first_answer_s),
  ...(await answers()),
  num_growth_answers: NUM_GROWTH_ANSWERS,
  frames_s: await frames(),
  slowdown: SLOWDOWN,
};
// Microseconds are exact enough, and a tenth of the digits.
console.log(JSON.stringify(result, (_, value) => (typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value)));
process.exit();
