/** Two editors, and what a test needs to fill and read them. */

import { createEditor } from "/page/editor/editor.js";

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

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

window.test = { editors, plain, load, base64, bytes };
document.documentElement.dataset.ready = "yes";
