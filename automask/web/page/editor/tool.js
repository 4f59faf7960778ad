/** The settings of the brush. */

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
  return {
    ...now,
    size: now.size < 20 ? within(Math.round(2 * now.size) / 2, 1, 20) : within(Math.round(now.size), 20, 2000),
    softness: within(hundredths(now.softness), 0, 1),
    strength: within(hundredths(now.strength), 0.01, 1),
  };
}

/** @returns {object} the point of a stroke at a place of the picture, px; pressure null or 0..1 */
export function strokePoint({ size, strength, pressure }, { x, y }, pressed) {
  const part = (kind) => (pressure === kind ? pressed ?? 1 : 1);
  return { x, y, radius: Math.max(size * part("size"), 1) / 2, strength: strength * part("strength") };
}
