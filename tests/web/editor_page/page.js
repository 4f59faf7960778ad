/** Two editors, and what a test needs to fill and read them. */

import { maskColor } from "/page/editor/colors.js";
import { createEditor } from "/page/editor/editor.js";
import { History } from "/page/editor/history.js";

const editors = {};
for (const id of ["one", "two"]) editors[id] = createEditor(document.getElementById(id));

/** A picture of one colour. */
function plain(width, height, color) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
  return canvas;
}

/** A picture file. */
async function load(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

/** A file's bytes. */
async function file(blob) {
  return base64(new Uint8Array(await blob.arrayBuffer()));
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function show(editor, width, height) {
  editor.show({ image: plain(width, height, "#888"), width, height });
}

/** @param {Object<string, string>} files PNG files in base64, by the masks' names */
function setMasks(editor, files) {
  const masks = Object.entries(files).map(([name, file]) => ({ name, alpha: new Blob([bytes(file)]) }));
  return editor.setMasks(masks);
}

/** So many masks of soft discs side by side. */
function setDiscs(editor, count) {
  const { width, height } = editor.size;
  const masks = Array.from({ length: count }, (_, index) => {
    const alpha = new Uint8ClampedArray(width * height);
    for (let i = 0; i < alpha.length; i++) {
      const [x, y] = [i % width - (index * width) / count, i / width - height / 2];
      alpha[i] = 400 - (500 * Math.sqrt(x * x + y * y)) / height;
    }
    return { name: String(index), alpha };
  });
  return editor.setMasks(masks);
}

/** What an editor has told since the first call. */
const heard = new Map();
function told(editor) {
  if (!heard.has(editor)) {
    heard.set(editor, []);
    for (const type of ["change", "masks", "view", "tool", "select", "solo"]) {
      editor.addEventListener(type, (event) => heard.get(editor).push([type, event.detail]));
    }
  }
  return heard.get(editor);
}

/** When some frames have been drawn. */
async function settled() {
  for (let frame = 0; frame < 8; frame++) await new Promise(requestAnimationFrame);
}

/** The masks as they are seen, as a text that can be compared. */
function overlay(id) {
  return document.querySelectorAll(`#${id} canvas`)[1].toDataURL();
}

const times = [];
function watchFrames() {
  times.push(performance.now());
  requestAnimationFrame(watchFrames);
}

/** How long each frame took, ms. */
function frames() {
  return times.slice(1).map((time, i) => time - times[i]);
}

/** An event that no device can be made to send here: a pen's other end, a resting hand. */
function pointer(id, type, init) {
  const surface = document.querySelector(`#${id} [role=application]`);
  surface.dispatchEvent(new PointerEvent(`pointer${type}`, { bubbles: true, cancelable: true, ...init }));
}

/** How many of so many equal steps a history keeps. */
function pushed(history, times, step) {
  for (let i = 0; i < times; i++) history.push({ ...step });
  return history.done.length;
}

window.test = {
  editors, plain, load, base64, file, bytes, show, setMasks, setDiscs, told, settled, overlay, watchFrames, frames,
  maskColor, History, pushed, pointer,
};
document.documentElement.dataset.ready = "yes";
