/** Masks as they come in: arrays, bitmaps, files and their addresses. */

import { decodeGrey } from "./png.js";

const STRIP = 2 ** 22; // px of a bitmap that are read at once

/**
 * A grey PNG is decoded here and is exact. Any other picture file, and a bitmap, goes
 * through a canvas, whose red channel is taken.
 *
 * @param {Uint8Array|Uint8ClampedArray|ImageBitmap|Blob|string} alpha string: an address
 * @param {number} width px of the picture; also height
 * @param {number} height
 * @returns {Promise<{values: Uint8Array, width: number, height: number}>}
 * @throws {Error} if an address answers nothing or the file is no picture
 */
export async function readMask(alpha, width, height) {
  if (ArrayBuffer.isView(alpha)) {
    const rows = alpha.length / width;
    return { values: alpha, width, height: rows === height ? height : rows };
  }
  if (alpha instanceof ImageBitmap) return fromBitmap(alpha);
  const blob = typeof alpha === "string" ? await fetchBlob(alpha) : alpha;
  const grey = await decodeGrey(blob);
  if (grey) return grey;
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(blob, exact);
  const mask = fromBitmap(bitmap);
  bitmap.close();
  return mask;
}

async function fetchBlob(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.blob();
}

function fromBitmap(bitmap) {
  const { width, height } = bitmap;
  const values = new Uint8Array(width * height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.min(height, Math.max(1, Math.floor(STRIP / width)));
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  for (let top = 0; top < height; top += canvas.height) {
    const rows = Math.min(canvas.height, height - top);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let i = 0, to = top * width; i < data.length; i += 4, to++) values[to] = data[i];
  }
  return { values, width, height };
}
