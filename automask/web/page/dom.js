/** Elements of the page, made from code. */

const SVG = "http://www.w3.org/2000/svg";
const BOOLEAN = new Set(["hidden", "disabled", "checked", "multiple", "inert", "open", "required"]);

/**
 * @param {string} tag such as "button.quiet.small"
 * @param {object} [given] attributes; `on` {type: listener}, `text`, and properties
 *   that are switches
 * @param {...(Node|string|null)} children strings become text
 * @returns {HTMLElement}
 */
export function make(tag, given = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (name === "button") element.type = "button";
  if (classes.length) element.classList.add(...classes);
  const { on = {}, text, ...attributes } = given;
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  for (const [key, value] of Object.entries(attributes)) put(element, key, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets an attribute; null or undefined takes it away. */
export function put(element, key, value) {
  if (key === "value") element.value = value;
  else if (BOOLEAN.has(key)) element[key] = Boolean(value);
  else if (value === null || value === undefined) element.removeAttribute(key);
  else element.setAttribute(key, value);
}

/** @param {string} name of a symbol in icons.svg @returns {SVGElement} without a name of its own */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon and has its name as label and tooltip. */
export function iconButton(name, label, given = {}) {
  return make("button.icon-button", { "aria-label": label, title: label, ...given }, icon(name));
}

/** Another icon on a button, and another label. */
export function relabel(button, name, label) {
  button.querySelector("use")?.setAttribute("href", `icons.svg#${name}`);
  button.setAttribute("aria-label", label);
  button.title = label;
}

/**
 * Puts one element for each item, keeping those that are there, so that the focus stays.
 *
 * @param {HTMLElement} list
 * @param {object[]} items
 * @param {function(object): string} keyOf
 * @param {function(object): HTMLElement} create
 * @param {function(HTMLElement, object): void} update
 */
export function keep(list, items, keyOf, create, update) {
  const there = new Map([...list.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const key = keyOf(item);
    const child = there.get(key) ?? create(item);
    child.dataset.key = key;
    there.delete(key);
    update(child, item);
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
  for (const child of there.values()) child.remove();
}

/** @param {string} address @returns {Promise<HTMLImageElement>} when it can be drawn */
export async function loadImage(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
