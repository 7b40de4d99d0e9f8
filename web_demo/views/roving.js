/**
 * Many buttons, one stop of the tab key: arrows go from one to the next.
 *
 * @module
 */

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * @param {HTMLElement} group
 * @param {HTMLButtonElement[]} buttons
 */
export function roving(group, buttons) {
  const stopAt = (/** @type {HTMLButtonElement} */ stop) =>
    buttons.forEach((button) => button.setAttribute("tabindex", button === stop ? "0" : "-1"));
  stopAt(buttons[0]);
  group.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const from = buttons.findIndex((button) => button === event.target);
    if (step && from >= 0) {
      event.preventDefault();
      const next = buttons[(from + step + buttons.length) % buttons.length];
      stopAt(next);
      next.focus();
    }
  });
  group.addEventListener("click", ({ target }) => {
    const clicked = buttons.find((button) => button.contains(/** @type {Node} */ (target)));
    if (clicked) {
      stopAt(clicked);
    }
  });
}
