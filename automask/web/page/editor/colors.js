/**
 * A colour for each mask: apart from each other also for people who tell red and green
 * apart poorly, and soft enough to lie on a photograph.
 */

const NAMED = {
  background: "#7d8799", person: "#4a7bd0",
  skin: "#eeb25c", hair: "#7a4fa8", clothing: "#2a9d8f", beard: "#a06bc4", ears: "#b5cc6a",
  eyes: "#63c5ea", brows: "#5b3b2e", nose: "#f3e08a", mouth: "#c8452f", lips: "#e58aa6",
  sky: "#6cb8ea", water: "#3f51c7", foliage: "#2f7d4f", plants: "#2f7d4f", grass: "#a8c45c",
  ground: "#b98a5e", rock: "#8f8580", building: "#d9705a", vehicle: "#c8452f",
  animal: "#b765c9", statue: "#cbbfe0", flower: "#e277a8", thing: "#8d5fb5", backdrop: "#7d8799",
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
