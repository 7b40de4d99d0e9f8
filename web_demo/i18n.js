/**
 * The page's words, in the language of the browser until the visitor chooses another.
 *
 * @module
 */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** @typedef {{ name: string, load: () => Promise<{ default: Record<string, string> }> }} Language */

/** @type {Record<string, Language>} */
export const LANGUAGES = {
  en: { name: "English", load: () => import("./strings/en.js") },
  zh: { name: "中文", load: () => import("./strings/zh.js") },
};

const SETTING = "language";

/** @returns {string} what was chosen here before, or what the browser prefers */
export function preferredLanguage() {
  const wanted = [keptLanguage(), ...navigator.languages.map((tag) => tag.split("-", 1)[0])];
  return wanted.find((language) => language !== null && language in LANGUAGES) ?? "en";
}

/** @returns {string | null} */
function keptLanguage() {
  try {
    return localStorage.getItem(SETTING);
  } catch {
    return null; // The browser keeps nothing for this page.
  }
}

/** @param {string} language */
export function keepLanguage(language) {
  try {
    localStorage.setItem(SETTING, language);
  } catch {
    // As above: the choice lasts as long as the page.
  }
}

/**
 * @param {string} language
 * @returns {Promise<Text>} a string by its key, with {names} replaced by values
 */
export async function loadText(language) {
  const { default: strings } = await LANGUAGES[language].load();
  return (key, values = {}) => {
    const string = strings[key] ?? key;
    return string.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}

/**
 * Puts the words of a language into elements that name theirs: data-text for their content, data-label for what a
 * screen reader says.
 *
 * @param {ParentNode} root
 * @param {Text} text
 */
export function translate(root, text) {
  root.querySelectorAll("[data-text]").forEach((element) => {
    element.textContent = text(/** @type {HTMLElement} */ (element).dataset.text ?? "");
  });
  root.querySelectorAll("[data-label]").forEach((element) => {
    element.setAttribute("aria-label", text(/** @type {HTMLElement} */ (element).dataset.label ?? ""));
  });
}
