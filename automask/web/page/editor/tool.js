/** The settings of the brush. */

import { fillIn } from "./words.js";

/**
 * @typedef {object} Tool
 * @property {"brush"|"eraser"|"pan"} mode
 * @property {number} size px of the picture, 1..2000
 * @property {number} softness 0 a hard edge .. 1 soft from the middle on
 * @property {number} strength 0.01..1
 * @property {"size"|"strength"|"none"} pressure what a pen's pressure changes
 */

/** @type {Tool} */
export const TOOL = { mode: "brush", size: 40, softness: 0.5, strength: 1, pressure: "size" };

/** @returns {Tool} with some settings changed, each within its range */
export function adjusted(tool, change) {
  const now = { ...tool, ...change };
  const within = (value, least, most) => Math.min(Math.max(value, least), most);
  const hundredths = (value) => Math.round(100 * value) / 100;
  const unit = now.size < 20 ? 2 : 1; // half pixels, where it matters
  return {
    ...now,
    size: within(Math.round(unit * now.size) / unit, 1, 2000),
    softness: within(hundredths(now.softness), 0, 1),
    strength: within(hundredths(now.strength), 0.01, 1),
  };
}

/**
 * @param {Tool} was
 * @param {Tool} now
 * @param {typeof import("./words.js").words} words
 * @returns {?string} what has changed, in words; null if nothing has
 */
export function described(was, now, words) {
  const key = Object.keys(TOOL).find((each) => now[each] !== was[each]);
  if (!key) return null;
  if (key === "mode") return words[now.mode];
  if (key === "pressure") return words.pressure[now.pressure];
  return fillIn(words[key], { value: Math.round(key === "size" ? now.size : 100 * now[key]) });
}

/** @returns {object} the point of a stroke at a place of the picture, px; pressure null or 0..1 */
export function strokePoint({ size, strength, pressure }, { x, y }, pressed) {
  const part = (kind) => (pressure === kind ? pressed ?? 1 : 1);
  return { x, y, radius: Math.max(size * part("size"), 1) / 2, strength: strength * part("strength") };
}
