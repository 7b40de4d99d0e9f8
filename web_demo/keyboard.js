/**
 * Keys draw on the paper: arrows move a cursor over its cells, space puts the pen down and lifts it.
 *
 * @module
 */

import { PEN_WIDTH } from "./pen.js";

/** Rows and columns of the cursor's cells. */
const CELLS = 28;

/** @type {Record<string, [rows: number, columns: number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class KeyboardPen {
  #paper;
  #cursor;
  #onPen;
  #stroke = /** @type {import("./paper.js").Stroke | null} */ (null);
  #row = CELLS / 2;
  #column = CELLS / 2;

  /**
   * @param {HTMLCanvasElement} canvas that has the focus
   * @param {HTMLElement} cursor in the same box as the canvas
   * @param {import("./paper.js").Paper} paper
   * @param {(isDown: boolean, row: number, column: number) => void} onPen called when the pen goes down or up, at which row
   *   and column, counted from 1
   */
  constructor(canvas, cursor, paper, onPen) {
    this.#paper = paper;
    this.#cursor = cursor;
    this.#onPen = onPen;
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("pointerdown", () => this.#hide());
    canvas.addEventListener("blur", () => this.#hide());
  }

  /** The paper knows it: what is undone or cleared there ends the stroke too. */
  get #isDown() {
    return this.#stroke !== null && this.#paper.isOpen(this.#stroke);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (key in MOVES) {
      this.#move(...MOVES[key], event.shiftKey ? 3 : 1);
    } else if (key === " " || key === "Enter") {
      this.#toggle();
    } else {
      return;
    }
    event.preventDefault();
    this.#show();
  }

  /**
   * @param {number} rows
   * @param {number} columns
   * @param {number} times
   */
  #move(rows, columns, times) {
    this.#row = clamp(this.#row + rows * times);
    this.#column = clamp(this.#column + columns * times);
    if (this.#isDown) {
      // Twice: the line goes all the way, and turns here.
      this.#paper.extendStroke([this.#point(), this.#point()]);
    }
  }

  #toggle() {
    if (this.#isDown) {
      this.#lift();
    } else if (!this.#paper.isDrawing) {
      this.#stroke = this.#paper.beginStroke(this.#point());
      this.#tell();
    }
  }

  #lift() {
    if (this.#isDown) {
      this.#paper.endStroke();
      this.#tell();
    }
  }

  #tell() {
    this.#onPen(this.#isDown, this.#row + 1, this.#column + 1);
  }

  #point() {
    return { x: (this.#column + 0.5) / CELLS, y: (this.#row + 0.5) / CELLS, width: PEN_WIDTH };
  }

  #show() {
    this.#cursor.hidden = false;
    this.#cursor.style.setProperty("--row", String(this.#row));
    this.#cursor.style.setProperty("--column", String(this.#column));
  }

  #hide() {
    this.#cursor.hidden = true;
    this.#lift();
  }
}

/** @param {number} index */
function clamp(index) {
  return Math.min(Math.max(0, index), CELLS - 1);
}
