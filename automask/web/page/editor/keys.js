/** The keys of the editor while it has the focus. */

const STEP = 60; // CSS px an arrow key moves the picture
const CLOSER = 1.25;

/**
 * @param {HTMLElement} element
 * @param {import("./editor.js").MaskEditor} editor
 * @param {function(): void} changed the space key is pressed or let go
 * @returns {{space: boolean}} whether the space key is held, now
 */
export function listenToKeys(element, editor, changed) {
  const held = { space: false };
  const space = (down) => {
    if (held.space === down) return;
    held.space = down;
    changed();
  };
  element.addEventListener("keydown", (event) => {
    if (event.key === " ") space(true);
    else if (!press(event, editor)) return;
    event.preventDefault();
  });
  element.addEventListener("keyup", (event) => event.key === " " && space(false));
  element.addEventListener("blur", () => space(false));
  return held;
}

/** @returns {boolean} whether the key was one of ours */
function press(event, editor) {
  if (event.altKey && !"[]{}".includes(event.key)) return false; // typed with AltGr on many keyboards
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = (event.ctrlKey || event.metaKey) && !event.altKey
    ? command(key, event.shiftKey, editor)
    : plain(key, event, editor);
  action?.();
  return Boolean(action);
}

function command(key, shift, editor) {
  if (key === "z") return () => (shift ? editor.redo() : editor.undo());
  if (key === "y") return () => editor.redo();
  return null;
}

function plain(key, event, editor) {
  const { size, softness } = editor.settings;
  const arrows = {
    ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP],
  };
  if (arrows[key]) return () => editor.pan(...arrows[key]);
  if (event.shiftKey && event.code === "Digit0" && key !== "0") return () => editor.tool({ strength: 1 });
  if (/^[1-9]$/.test(key)) return () => editor.tool({ strength: key / 10 });
  return {
    b: () => editor.tool({ mode: "brush" }),
    e: () => editor.tool({ mode: "eraser" }),
    "[": () => editor.tool({ size: size / 1.2 }),
    "]": () => editor.tool({ size: size * 1.2 }),
    "{": () => editor.tool({ softness: softness - 0.1 }),
    "}": () => editor.tool({ softness: softness + 0.1 }),
    x: () => editor.invert(),
    f: () => editor.fill(),
    "+": () => editor.zoom(CLOSER),
    "=": () => editor.zoom(CLOSER),
    "-": () => editor.zoom(1 / CLOSER),
    0: () => editor.fit(),
    Escape: editor.soloed === null ? null : () => editor.solo(null),
  }[key];
}
