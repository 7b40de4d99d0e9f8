/**
 * What is done inside the page: accessibility rules asked, pictures made and offered to it.
 *
 * @module
 */

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page with axe-core in it
 * @returns {Promise<string[]>} what breaks its rules
 */
export async function violations(page) {
  const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
  return violations.flatMap((/** @type {any} */ { id, nodes }) =>
    nodes.map((/** @type {any} */ { html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/**
 * @param {boolean} isBlank
 * @returns {string} a grey four on grey paper, or that paper alone, as PNG in base64
 */
export function drawPicture(isBlank) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#b5b0a8";
  context.fillRect(0, 0, 640, 480);
  context.strokeStyle = "#3a3f55";
  context.lineWidth = 18;
  context.lineCap = context.lineJoin = "round";
  context.stroke(new Path2D(isBlank ? "" : "M 290 110 L 255 260 L 390 260 M 350 180 L 340 380"));
  return canvas.toDataURL("image/png").split(",")[1];
}

/** @param {string[]} request the event's type and a PNG in base64 */
export function offerPicture([type, picture]) {
  const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "four.png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  document.body.dispatchEvent(
    type === "drop"
      ? new DragEvent("drop", { ...options, dataTransfer: transfer })
      : new ClipboardEvent("paste", { ...options, clipboardData: transfer }),
  );
}

/** @returns {string[]} what of paper, tools and answer is to be seen only by scrolling, or stands in a second row */
export function outOfView() {
  const bars = Array.from(document.querySelectorAll(".bars li"));
  const places = [".paper", ".tools", ".sentence", ".bars"].map((name) => {
    const { left, top, right, bottom } = /** @type {Element} */ (document.querySelector(name)).getBoundingClientRect();
    return { name, isInside: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight };
  });
  places.push({
    name: "rows of bars",
    isInside: new Set(bars.map((bar) => bar.getBoundingClientRect().top)).size === 1,
  });
  return places.filter(({ isInside }) => !isInside).map(({ name }) => name);
}

/** What tells the parts of the page apart, where the browser has put the visitor's own colours in place of the page's. */
export function colours() {
  const styleOf = (/** @type {string} */ name) =>
    getComputedStyle(/** @type {Element} */ (document.querySelector(name)));
  const paper = styleOf(".paper");
  const tab = (/** @type {boolean} */ isOpen) =>
    parseFloat(styleOf(`.sections button[aria-expanded="${isOpen}"]`).borderBottomWidth);
  return {
    paper: paper.backgroundColor,
    edge_px: parseFloat(paper.borderTopWidth),
    track: styleOf(".bars .track").backgroundColor,
    fill: styleOf(".bars .best .fill").backgroundColor,
    chosenTab_px: tab(true),
    otherTab_px: tab(false),
  };
}

/** What a visitor sees first: the colours of the room and of the browser's frame, what they can press, where the rest is. */
export function firstSight() {
  const frame = Array.from(
    document.querySelectorAll("meta[name=theme-color]"),
    (meta) => /** @type {HTMLMetaElement} */ (meta),
  )
    .filter(({ media }) => matchMedia(media).matches)
    .map(({ content }) => content);
  const disabled = Array.from(document.querySelectorAll(".tools button:disabled"), ({ id }) => id);
  const sections = document.querySelector("#sections")?.getBoundingClientRect();
  return {
    theme: getComputedStyle(document.documentElement).colorScheme,
    room: getComputedStyle(document.documentElement).getPropertyValue("--room"),
    frame,
    disabled,
    places: [sections?.left, sections?.top, document.querySelector("#answer")?.clientHeight],
  };
}

/** @returns {Promise<Record<string, string | undefined>>} what the check of the device says while it runs and when it is stopped */
export async function stopCheckAtFirstCount() {
  const panel = /** @type {HTMLElement} */ (document.querySelector("#panel-check"));
  const [button, count] = ["button", ".count"].map((name) => panel.querySelector(name));
  const says = (/** @type {RegExp} */ words) =>
    new Promise((resolve, reject) => {
      const look = () => words.test(count?.textContent ?? "") && resolve(count?.textContent);
      new MutationObserver(look).observe(panel, { subtree: true, childList: true });
      look();
      setTimeout(() => reject(new Error(`the count never said ${words}`)), 10_000);
    });
  /** @type {HTMLElement} */ (button).click();
  const running = await says(/^\d+ /);
  /** @type {HTMLElement} */ (button).click();
  const stopped = await says(/^\D/);
  return { running, stopped, verdict: panel.querySelector(".verdict")?.textContent ?? "" };
}

/**
 * @param {Element[]} canvases
 * @returns {number[]} how far the brightest pixel of each is above most of them
 */
export function risesOf(canvases) {
  return canvases.map((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const pixels = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, width, height).data;
    const levels = [...(pixels ?? [])].filter((_, index) => index % 4 === 0).sort((a, b) => a - b);
    return levels[levels.length - 1] - levels[Math.floor(levels.length / 2)];
  });
}
