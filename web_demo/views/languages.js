/**
 * The button that changes to the next language.
 *
 * @module
 */

import { keepLanguage, LANGUAGES, loadText, preferredLanguage, translate } from "../i18n.js";
import { imported } from "../integrity.js";
import { tell } from "../session.js";
import { write } from "./dom.js";

/**
 * @param {HTMLButtonElement} button
 * @param {import("../store.js").Store} store whose text is that of the preferred language
 */
export function useLanguages(button, store) {
  const languages = Object.keys(LANGUAGES);
  const after = (/** @type {string} */ language) => languages[(languages.indexOf(language) + 1) % languages.length];
  const show = (/** @type {string} */ language) => {
    document.documentElement.lang = language;
    document.title = `${store.state.text("title")}: ${store.state.text("hint")}`;
    button.lang = after(language);
    write(button, LANGUAGES[button.lang].name);
    translate(document, store.state.text);
  };
  const change = async (/** @type {string} */ language) => {
    const text = await imported(`strings/${language}.js`, loadText(language));
    keepLanguage(language);
    store.set({ text });
    show(language);
  };
  button.addEventListener("click", () => change(button.lang).catch((error) => tell(store, "error.section", error)));
  show(preferredLanguage());
}
