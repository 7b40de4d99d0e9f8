/**
 * Mouse, pen and finger draw on the paper.
 *
 * @module
 */

/** @typedef {import("./paper.js").Point} Point */

export const PEN_WIDTH = 0.065;

/** How much thinner and thicker pressure makes the line of a pen. */
const LIGHTEST = 0.5;
const RANGE = 1;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./paper.js").Paper} paper
 */
export function drawByPointer(canvas, paper) {
  let pointer = /** @type {number | null} */ (null);

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || event.ctrlKey) {
      return;
    }
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    paper.beginStroke(pointOf(event, canvas.getBoundingClientRect()));
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) {
      const box = canvas.getBoundingClientRect();
      const events = event.getCoalescedEvents?.() ?? [];
      paper.extendStroke((events.length ? events : [event]).map((each) => pointOf(each, box)));
    }
  });

  for (const end of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
    canvas.addEventListener(end, ({ pointerId }) => {
      if (pointerId === pointer) {
        pointer = null;
        paper.endStroke();
      }
    });
  }
}

/**
 * @param {PointerEvent} event
 * @param {DOMRect} box
 * @returns {Point}
 */
function pointOf({ clientX, clientY, pointerType, pressure }, box) {
  // Mice have no pressure and fingers report their area: only a pen's says how hard it is pressed.
  const force = pointerType === "pen" ? LIGHTEST + RANGE * pressure : 1;
  return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height, width: PEN_WIDTH * force };
}
