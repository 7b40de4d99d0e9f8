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

/** @returns {Promise<Record<string, string | undefined>>} what the check of the device says while it runs and when it is stopped */
export async function stopCheckAtFirstCount() {
  const panel = /** @type {HTMLElement} */ (document.querySelector("#panel-check"));
  const [button, count] = ["button", ".count"].map((name) => panel.querySelector(name));
  const says = (/** @type {RegExp} */ words) =>
    new Promise((resolve, reject) => {
      const look = () => words.test(count?.textContent ?? "") && resolve(count?.textContent);
      new MutationObserver(look).observe(panel, { subtree: true, childList: true });
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
