/**
 * Light or dark: the system's wish until the visitor chooses.
 *
 * @module
 */

import { keepSetting, readSetting } from "../i18n.js";

const STORED = "theme";

/** @param {HTMLButtonElement} button that changes to the other one */
export function useTheme(button) {
  const root = document.documentElement;
  const kept = readSetting(STORED);
  if (kept !== null) {
    root.dataset.theme = kept;
  }
  button.addEventListener("click", () => {
    const isDark =
      (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "")) === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
    keepSetting(STORED, root.dataset.theme);
  });
}
