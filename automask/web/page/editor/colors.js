/**
 * A colour for each mask. Among a person's parts, and among the things of a scene, any
 * two stay apart (CIEDE2000 >= 12) also for people who do not see red or green as others do.
 */

const NAMED = {
  background: "#7d8799", backdrop: "#7d8799",
  person: "#0071d1", skin: "#cf8a36", hair: "#532f81", clothing: "#03786a",
  beard: "#a298ff", ears: "#6eba84", eyes: "#a5e6ff", brows: "#4f4439",
  nose: "#e0e777", mouth: "#b24d29", lips: "#d688ac",
  sky: "#96dfff", water: "#3d3592", foliage: "#055444", plants: "#055444",
  grass: "#c1efab", ground: "#a89382", rock: "#687c7e", building: "#d65a3e",
  vehicle: "#871f06", animal: "#a098ff", statue: "#e7e0de", flower: "#da90b4",
  thing: "#ceb73e",
};
const OTHERS = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#f0e442", "#0072b2", "#b9a7d9"];

/**
 * @param {string} name
 * @param {number} [index] how many masks with names of their own came before
 * @returns {string} "#rrggbb"
 */
export function maskColor(name, index = 0) {
  return Object.hasOwn(NAMED, name) ? NAMED[name] : OTHERS[index % OTHERS.length];
}

/** @returns {[number, number, number]} red, green and blue of "#rrggbb", 0..255 */
export function rgb(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}
