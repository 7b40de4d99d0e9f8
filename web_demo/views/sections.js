/**
 * The four sections: on a narrow screen each opens in place, on a wide one they are like tabs and one is always open.
 *
 * @module
 */

/** @typedef {import("../store.js").State} State */

const WIDE = "(min-width: 1000px)";

/**
 * @param {HTMLElement} root with a button and a panel for each section
 * @param {import("../store.js").Store} store
 * @param {(name: string, panel: HTMLElement) => void} onFirstOpen called once for each section, to fill it
 */
export function showSections(root, store, onFirstOpen) {
  const wide = matchMedia(WIDE);
  const filled = new Set();
  const sections = Array.from(root.querySelectorAll("button[aria-controls]"), (button) => {
    const panel = /** @type {HTMLElement} */ (document.getElementById(button.getAttribute("aria-controls") ?? ""));
    const name = panel.dataset.section ?? "";
    button.addEventListener("click", () => store.set({ open: toggled(store.state.open, name, wide.matches) }));
    return { name, button, panel };
  });
  const render = () => {
    const visible = visibleSections(store.state, wide.matches, sections[0].name);
    for (const { name, button, panel } of sections) {
      const isOpen = visible.includes(name);
      button.setAttribute("aria-expanded", String(isOpen));
      panel.hidden = !isOpen;
      if (isOpen && !filled.has(name)) {
        filled.add(name);
        onFirstOpen(name, panel);
      }
    }
  };
  wide.addEventListener("change", () => store.set({}));
  store.watch(render);
}

/**
 * @param {readonly string[]} open
 * @param {string} name
 * @param {boolean} isWide
 */
function toggled(open, name, isWide) {
  const others = open.filter((other) => other !== name);
  return open.includes(name) && !isWide ? others : [...others, name];
}

/**
 * @param {State} state
 * @param {boolean} isWide
 * @param {string} first
 */
function visibleSections({ open }, isWide, first) {
  return isWide ? [open.at(-1) ?? first] : open;
}

/**
 * @param {State} state
 * @param {string} name
 * @returns {boolean} whether the visitor sees a section
 */
export function isVisible(state, name) {
  return visibleSections(state, matchMedia(WIDE).matches, "sees").includes(name);
}
