/**
 * The paper with all that can be done to it.
 *
 * @module
 */

import { KeyboardPen } from "../keyboard.js";
import { Paper } from "../paper.js";
import { drawByPointer } from "../pen.js";
import { takePhotos } from "../photo.js";
import { find, write } from "./dom.js";

const NO_PICTURE = "error.photo";

/**
 * @param {import("../store.js").Store} store
 * @param {() => void} onChange called when something else is on the paper
 * @returns {Paper}
 */
export function connectDesk(store, onChange) {
  const canvas = find(document, "#paper", HTMLCanvasElement);
  const undo = find(document, "#undo", HTMLButtonElement);
  const clear = find(document, "#clear", HTMLButtonElement);
  const cursor = find(document, "#cursor", HTMLElement);
  const showTools = () => {
    undo.disabled = !paper.canUndo;
    clear.disabled = paper.isEmpty;
    canvas.parentElement?.classList.toggle("empty", paper.isEmpty);
    cursor.classList.toggle("down", paper.isDrawing);
  };
  const paper = new Paper(canvas, () => {
    showTools();
    if (store.state.problem?.key === NO_PICTURE) {
      store.set({ problem: null });
    }
    onChange();
  });
  showTools();
  canvas.parentElement?.classList.remove("waiting");
  canvas.removeAttribute("aria-busy");
  undo.addEventListener("click", () => paper.undo());
  clear.addEventListener("click", () => paper.clear());
  for (const button of [undo, clear]) {
    // A disabled button loses the focus: whoever uses the keys goes on at the paper.
    button.addEventListener("click", () => button.disabled && canvas.focus());
  }
  // The keys before the pointer, which lifts their pen before it draws itself.
  connectKeys(canvas, cursor, paper, store);
  drawByPointer(canvas, paper);
  connectPhotos(paper, store);
  return paper;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} cursor
 * @param {Paper} paper
 * @param {import("../store.js").Store} store
 */
function connectKeys(canvas, cursor, paper, store) {
  const spoken = find(document, "#spoken", HTMLElement);
  new KeyboardPen(canvas, cursor, paper, (isDown, row, column) =>
    write(spoken, store.state.text(isDown ? "pen.down" : "pen.up", { row, column })),
  );
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      paper.undo();
    }
  });
  canvas.addEventListener("keydown", ({ key }) => {
    if (key === "Delete" || key === "Backspace") {
      paper.clear();
    }
  });
}

/**
 * @param {Paper} paper
 * @param {import("../store.js").Store} store
 */
function connectPhotos(paper, store) {
  const inputs = ["#photo", "#camera"].map((name) => find(document, name, HTMLInputElement));
  const target = find(document, ".paper", HTMLElement);
  const onFailure = () => store.set({ problem: { key: NO_PICTURE } });
  takePhotos({ inputs, target }, (photo) => paper.putPhoto(photo), onFailure);
}
