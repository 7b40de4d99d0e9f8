/**
 * The paper: what was put on it in which order, shown to the visitor in the screen's own resolution and to the network
 * in always the same one.
 *
 * @module
 */

import { makeGrid } from "./preparation/grid.js";
import { toGrey } from "./preprocess.js";

/** @typedef {import("./preparation/grid.js").Grid} Grid */
/** @typedef {{ x: number, y: number, width: number }} Point in sides of the paper, from its upper left corner */
/** @typedef {{ points: Point[] }} Stroke */
/** @typedef {{ photo: HTMLCanvasElement, grey: Grid }} Photo */
/** @typedef {Stroke | Photo | "cleared"} Mark */

const INK = "#1d1a16";
// Four for each pixel of the network's input: enough for it, and prepared in half the time that 160 take.
export const SHEET_PX = 112;

export class Paper {
  #canvas;
  #screen;
  #sheet;
  #onChange;
  #marks = /** @type {Mark[]} */ ([]);
  #open = /** @type {Stroke | null} */ (null);

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onChange called after each change of what is to be seen
   */
  constructor(canvas, onChange) {
    this.#canvas = canvas;
    this.#screen = context(canvas, false);
    const sheet = Object.assign(document.createElement("canvas"), { width: SHEET_PX, height: SHEET_PX });
    this.#sheet = context(sheet, true);
    this.#onChange = onChange;
    new ResizeObserver(() => this.#fitScreen()).observe(canvas);
    this.#repaint();
  }

  get isEmpty() {
    const { photo, strokes } = this.#visible();
    return photo === null && strokes.length === 0;
  }

  /** Whether a stroke has begun and not ended. */
  get isDrawing() {
    return this.#open !== null;
  }

  /**
   * @param {Stroke} stroke
   * @returns {boolean} whether it may still be extended
   */
  isOpen(stroke) {
    return this.#open === stroke;
  }

  get canUndo() {
    return this.#marks.length > 0;
  }

  /**
   * @param {Point} point
   * @returns {Stroke} which is open until it is ended, undone or cleared
   */
  beginStroke(point) {
    const hidesPhoto = this.#visible().photo !== null;
    const stroke = { points: [point] };
    this.#open = stroke;
    this.#marks.push(stroke);
    if (hidesPhoto) {
      this.#repaint();
    } else {
      this.#paint(stroke, 0);
    }
    this.#onChange();
    return stroke;
  }

  /** @param {Point[]} points */
  extendStroke(points) {
    if (this.#open) {
      const from = this.#open.points.length;
      this.#open.points.push(...points);
      this.#paint(this.#open, from);
      this.#onChange();
    }
  }

  endStroke() {
    if (this.#open) {
      this.#end(this.#open);
      this.#open = null;
      this.#onChange();
    }
  }

  /** Takes back the last stroke, photo or clearing. */
  undo() {
    this.#open = null;
    if (this.#marks.pop()) {
      this.#repaint();
      this.#onChange();
    }
  }

  clear() {
    if (!this.isEmpty) {
      this.#open = null;
      this.#marks.push("cleared");
      this.#repaint();
      this.#onChange();
    }
  }

  /** @param {HTMLCanvasElement} photo instead of all that is there; the next stroke begins a new sheet */
  putPhoto(photo) {
    const { width, height } = photo;
    const { data } = context(photo, true).getImageData(0, 0, width, height);
    this.#open = null;
    this.#marks.push({ photo, grey: toGrey(data, height, width) });
    this.#repaint();
    this.#onChange();
  }

  /** @returns {Grid} grey levels of what is to be seen */
  picture() {
    const { photo } = this.#visible();
    if (photo) {
      return photo.grey;
    }
    const { data } = this.#sheet.getImageData(0, 0, SHEET_PX, SHEET_PX);
    const grey = makeGrid(SHEET_PX, SHEET_PX);
    for (let index = 0; index < grey.values.length; index++) {
      grey.values[index] = data[4 * index]; // Black, white and between: all channels are the same.
    }
    return grey;
  }

  /** @returns {{ photo: Photo | null, strokes: Stroke[] }} */
  #visible() {
    const strokes = [];
    for (const mark of [...this.#marks].reverse()) {
      if (mark === "cleared") {
        break;
      }
      if ("photo" in mark) {
        return strokes.length ? { photo: null, strokes: strokes.reverse() } : { photo: mark, strokes };
      }
      strokes.push(mark);
    }
    return { photo: null, strokes: strokes.reverse() };
  }

  #fitScreen() {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (side > 0 && side !== this.#canvas.width) {
      this.#canvas.width = side;
      this.#canvas.height = side;
      this.#repaint();
    }
  }

  #repaint() {
    const { photo, strokes } = this.#visible();
    const side = this.#canvas.width;
    this.#screen.clearRect(0, 0, side, side);
    this.#sheet.fillStyle = "white";
    this.#sheet.fillRect(0, 0, SHEET_PX, SHEET_PX);
    if (photo) {
      drawContained(this.#screen, photo.photo, side);
    }
    for (const stroke of strokes) {
      this.#paint(stroke, 0);
      this.#end(stroke);
    }
  }

  /**
   * The line up to the last point, which a curve through the next one would have drawn.
   *
   * @param {Stroke} stroke
   */
  #end({ points }) {
    const last = /** @type {Point} */ (points.at(-1));
    this.#paint({ points: [...points, last] }, points.length);
  }

  /**
   * @param {Stroke} stroke
   * @param {number} from the first point that is new
   */
  #paint({ points }, from) {
    paintStroke(this.#screen, this.#canvas.width, INK, points, from);
    paintStroke(this.#sheet, SHEET_PX, "black", points, from);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} willReadFrequently
 * @returns {CanvasRenderingContext2D}
 */
function context(canvas, willReadFrequently) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently }));
}

/**
 * @param {CanvasRenderingContext2D} target
 * @param {HTMLCanvasElement} picture as large as it fits, in the middle
 * @param {number} side
 */
function drawContained(target, picture, side) {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  target.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
}

/**
 * Curves from the middle between two points to the next middle, so that few points make a round line too.
 *
 * @param {CanvasRenderingContext2D} target
 * @param {number} side
 * @param {string} ink
 * @param {Point[]} points
 * @param {number} from
 */
function paintStroke(target, side, ink, points, from) {
  target.strokeStyle = target.fillStyle = ink;
  target.lineCap = "round";
  if (from === 0) {
    const [{ x, y, width }] = points;
    target.beginPath();
    target.arc(x * side, y * side, (width * side) / 2, 0, 2 * Math.PI);
    target.fill();
  }
  for (let index = Math.max(1, from); index < points.length; index++) {
    const [before, last, here] = [points[Math.max(0, index - 2)], points[Math.max(0, index - 1)], points[index]];
    target.lineWidth = here.width * side;
    target.beginPath();
    target.moveTo(((before.x + last.x) / 2) * side, ((before.y + last.y) / 2) * side);
    target.quadraticCurveTo(
      last.x * side,
      last.y * side,
      ((last.x + here.x) / 2) * side,
      ((last.y + here.y) / 2) * side,
    );
    target.stroke();
  }
}
