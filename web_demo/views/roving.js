/**
 * Many buttons, one stop of the tab key: arrows go from one to the next.
 *
 * @module
 */

/** @type {Record<string, [rows: number, columns: number]>} */
const STEPS = { ArrowRight: [0, 1], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowUp: [-1, 0] };

/**
 * @param {HTMLElement} group a grid that fills column by column
 * @param {HTMLButtonElement[]} buttons
 */
export function roving(group, buttons) {
  const stopAt = (/** @type {HTMLButtonElement} */ stop) =>
    buttons.forEach((button) => button.setAttribute("tabindex", button === stop ? "0" : "-1"));
  stopAt(buttons[0]);
  group.addEventListener("keydown", (event) => {
    const from = buttons.findIndex((button) => button === event.target);
    if (event.key in STEPS && from >= 0) {
      event.preventDefault();
      const [rows, columns] = STEPS[event.key];
      const inColumn = buttons.filter(({ offsetLeft }) => offsetLeft === buttons[0].offsetLeft).length;
      const [row, column] = [(from % inColumn) + rows, Math.floor(from / inColumn) + columns];
      const numColumns = Math.ceil(buttons.length / inColumn);
      if (row >= 0 && row < inColumn && column >= 0 && column < numColumns) {
        // The last column may be shorter.
        const next = buttons[Math.min(column * inColumn + row, buttons.length - 1)];
        stopAt(next);
        next.focus();
      }
    }
  });
  group.addEventListener("click", ({ target }) => {
    const clicked = buttons.find((button) => button.contains(/** @type {Node} */ (target)));
    if (clicked) {
      stopAt(clicked);
    }
  });
}
