/**
 * Elements in one call each.
 *
 * @module
 */

/**
 * @typedef {object} Options
 * @property {string} [class]
 * @property {string} [text]
 * @property {Record<string, string>} [attributes]
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Options} [options]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, { class: className, text, attributes } = {}, ...children) {
  const made = document.createElement(tag);
  made.className = className ?? "";
  made.textContent = text ?? "";
  Object.entries(attributes ?? {}).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...children);
  if (!made.className) {
    made.removeAttribute("class");
  }
  return made;
}

/**
 * @param {string} name of a symbol in index.html
 * @returns {SVGSVGElement} that screen readers leave out
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Writes a text only where it is another one: what does not change is neither laid out nor read aloud again.
 *
 * @param {Element} target
 * @param {string} text
 */
export function write(target, text) {
  if (target.textContent !== text) {
    target.textContent = text;
  }
}

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector of an element that is there
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) {
    throw new TypeError(`expected ${kind.name} at ${selector}, found ${found}`);
  }
  return found;
}
