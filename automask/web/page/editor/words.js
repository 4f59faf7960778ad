/** What the editor says, in English; {name} and the like are filled in. */
export const words = {
  label: "Mask editor",
  labelPicture: "Mask editor. Picture of {width} by {height} pixels",
  help: "B brush, E eraser, brackets size, braces softness, digits strength, X invert, F fill, "
    + "Control Z undo, plus and minus zoom, arrows move, Escape shows all masks",
  selected: "Painting {name}",
  unselected: "No mask is being painted",
  chooseMask: "Choose a mask to paint",
  soloed: "Only {name} is shown",
  unsoloed: "All masks are shown",
  brush: "Brush",
  eraser: "Eraser",
  pan: "Move the picture",
  size: "Size {value} pixels",
  softness: "Softness {value} percent",
  strength: "Strength {value} percent",
  done: "Done: {kind}, {name}",
  pressure: {
    size: "Pressure changes the size", strength: "Pressure changes the strength",
    none: "Pressure changes nothing",
  },
  undo: "Undone: {kind}, {name}",
  redo: "Done again: {kind}, {name}",
  nothingToUndo: "Nothing to undo",
  nothingToRedo: "Nothing to do again",
  kinds: {
    brush: "brush", eraser: "eraser", fill: "fill", invert: "invert", clear: "clear",
    reset: "automatic mask", add: "new region", remove: "removal", rename: "name",
  },
  wrongSize: "The mask {name} is {width} x {height} pixels, the picture {pictureWidth} x {pictureHeight}.",
  unknownMask: "There is no mask {name}.",
  nameTaken: "There is a mask {name} already.",
  unreadable: "The mask {name} cannot be read.",
};

/**
 * @param {string} text with {keys}
 * @param {Object<string, string|number>} values
 */
export function fillIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
