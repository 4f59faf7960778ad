/**
 * The masks as soft colours with an outline where they are one half.
 *
 * They are drawn in cells of 2^level px of the picture, about a device px each, in
 * chunks that are kept; only what a stroke touched or what comes into sight is computed.
 */

import { rgb } from "./colors.js";
import { sample, union } from "./tiles.js";

const CHUNK = 256; // cells
const PADDED = (CHUNK + 2) * (CHUNK + 2);
const KEPT = 128; // chunks, 256 KiB each
const TINT = 0.45; // how much of the picture's place a mask's colour takes
const VEIL = 0.6; // how dark the rest is
const MOST_LEVEL = 6; // a cell must lie within a tile

export class Overlay {
  constructor() {
    this.chunks = new Map(); // key -> {canvas, context, level, x, y, dirty: ?Rect}
    this.plane = new Uint8Array(PADDED);
    this.fill = new Float32Array(4 * CHUNK * CHUNK); // colour times cover, cover
    this.line = new Float32Array(4 * CHUNK * CHUNK); // colour of the outline, its cover
    /** @type {{mask: object, color: string, weight: number}[]} those shown, lower first */
    this.layers = [];
    this.veiled = false; // whether all that no mask covers is darkened
  }

  /** What is shown has changed, everywhere. */
  reset(layers, veiled) {
    Object.assign(this, { layers, veiled });
    this.chunks.clear();
  }

  /** A mask has changed there. @param {import("./tiles.js").Rect} rect px of the picture */
  touch(rect) {
    for (const [key, chunk] of this.chunks) {
      const size = 2 ** chunk.level;
      const [left, top] = [chunk.x * CHUNK, chunk.y * CHUNK];
      const dirty = { // one cell more, for the outline
        x0: Math.max(Math.floor(rect.x0 / size) - 1 - left, 0),
        y0: Math.max(Math.floor(rect.y0 / size) - 1 - top, 0),
        x1: Math.min(Math.ceil(rect.x1 / size) + 1 - left, CHUNK),
        y1: Math.min(Math.ceil(rect.y1 / size) + 1 - top, CHUNK),
      };
      if (dirty.x0 >= dirty.x1 || dirty.y0 >= dirty.y1) continue;
      if (chunk.level !== this.level) this.chunks.delete(key);
      else chunk.dirty = union(chunk.dirty, dirty);
    }
  }

  /**
   * Draws what lies in a part of the element.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import("./view.js").View} view
   * @param {import("./tiles.js").Rect} part device px
   * @param {number} until milliseconds (performance.now) when no more new chunks are begun
   * @returns {boolean} whether all is there; else call again
   */
  draw(context, view, part, until) {
    const { scale, ratio, picture } = view;
    const fine = Math.round(-Math.log2(scale * Math.min(ratio, 1.5)));
    this.level = Math.min(fine, MOST_LEVEL);
    const step = CHUNK * 2 ** this.level; // px of the picture
    const range = (from, to, origin, length) => [
      Math.max(Math.floor((from / ratio - origin) / scale / step), 0),
      Math.min(Math.floor((to / ratio - origin) / scale / step), Math.ceil(length / step) - 1),
    ];
    const [left, right] = range(part.x0, part.x1, view.x, picture.width);
    const [top, bottom] = range(part.y0, part.y1, view.y, picture.height);
    let complete = true;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const known = this.chunks.has(`${this.level}/${x}/${y}`);
        const ready = known || performance.now() < until;
        if (ready) this.#place(context, view, this.#chunk(this.level, x, y, picture), x, y);
        else this.#placeCoarser(context, view, x, y);
        complete &&= ready;
      }
    }
    for (const key of this.chunks.keys()) {
      if (this.chunks.size <= KEPT) break;
      this.chunks.delete(key);
    }
    return complete;
  }

  /** The chunk, up to date and last in the order of those kept. */
  #chunk(level, x, y, picture) {
    const key = `${level}/${x}/${y}`;
    let chunk = this.chunks.get(key);
    this.chunks.delete(key);
    if (!chunk) {
      const cells = (length) => Math.ceil(length / 2 ** level);
      const canvas = document.createElement("canvas");
      canvas.width = Math.min(CHUNK, cells(picture.width) - x * CHUNK);
      canvas.height = Math.min(CHUNK, cells(picture.height) - y * CHUNK);
      const dirty = { x0: 0, y0: 0, x1: canvas.width, y1: canvas.height };
      chunk = { canvas, context: canvas.getContext("2d"), level, x, y, dirty };
    }
    this.chunks.set(key, chunk);
    if (chunk.dirty) this.#compute(chunk);
    return chunk;
  }

  /** Draws a chunk so that its borders lie on whole device px and no seam shows. */
  #place(context, view, chunk, x, y, part = null) {
    const cell = 2 ** this.level * view.scale; // CSS px
    const from = part ?? { x: 0, y: 0, width: chunk.canvas.width, height: chunk.canvas.height };
    const [wide, high] = part ? [CHUNK, CHUNK] : [from.width, from.height];
    const at = (origin, index) => Math.round((origin + index * cell) * view.ratio);
    const [left, right] = [at(view.x, x * CHUNK), at(view.x, x * CHUNK + wide)];
    const [top, bottom] = [at(view.y, y * CHUNK), at(view.y, y * CHUNK + high)];
    context.drawImage(
      chunk.canvas, from.x, from.y, from.width, from.height, left, top, right - left, bottom - top,
    );
  }

  /** In the place of a chunk that is not there yet, the piece of a coarser one that is. */
  #placeCoarser(context, view, x, y) {
    for (let up = 1; up <= 4; up++) {
      const chunk = this.chunks.get(`${this.level + up}/${x >> up}/${y >> up}`);
      const size = CHUNK >> up;
      const from = { x: (x - ((x >> up) << up)) * size, y: (y - ((y >> up) << up)) * size };
      if (!chunk || chunk.dirty) continue;
      this.#place(context, view, chunk, x, y, { ...from, width: size, height: size });
      return;
    }
  }

  #compute(chunk) {
    const { x0, y0, x1, y1 } = chunk.dirty;
    const [width, height] = [x1 - x0, y1 - y0];
    chunk.dirty = null;
    this.fill.fill(0, 0, 4 * width * height);
    this.line.fill(0, 0, 4 * width * height);
    for (const layer of this.layers) {
      const [left, top] = [chunk.x * CHUNK + x0 - 1, chunk.y * CHUNK + y0 - 1];
      const { mask } = layer;
      const uniform = sample(mask, chunk.level, left, top, width + 2, height + 2, this.plane);
      if (uniform === 0) continue;
      this.#tint(layer, width, height);
      if (uniform < 0) this.#outline(layer, width, height, chunk.level < 0);
    }
    chunk.context.putImageData(this.#pixels(width, height), x0, y0);
  }

  /** Lays the layer's colour over what is there. */
  #tint({ color, weight }, width, height) {
    const [red, green, blue] = rgb(color);
    const { plane, fill } = this;
    const strength = weight / 255;
    for (let y = 0; y < height; y++) {
      for (let x = 0, p = (y + 1) * (width + 2) + 1, i = 4 * y * width; x < width; x++, p++, i += 4) {
        if (!plane[p]) continue;
        const a = plane[p] * strength;
        fill[i] += (red - fill[i]) * a;
        fill[i + 1] += (green - fill[i + 1]) * a;
        fill[i + 2] += (blue - fill[i + 2]) * a;
        fill[i + 3] += (1 - fill[i + 3]) * a;
      }
    }
  }

  /**
   * A line where the mask passes one half, light within and dark without, which is seen
   * on any picture. Near it, distance = difference / slope.
   */
  #outline({ color, weight }, width, height, crisp) {
    const light = rgb(color).map((value) => value + (255 - value) * 0.35);
    const dark = rgb(color).map((value) => value * 0.25);
    const { plane, line } = this;
    const wide = width + 2;
    for (let y = 0; y < height; y++) {
      for (let x = 0, p = (y + 1) * wide + 1, i = 4 * y * width; x < width; x++, p++, i += 4) {
        const [l, r, u, d] = [plane[p - 1], plane[p + 1], plane[p - wide], plane[p + wide]];
        const v = plane[p];
        if (v === l && v === r && v === u && v === d) continue;
        const within = v > 127;
        let a;
        if (crisp) {
          const least = Math.min(l, r, u, d);
          a = within ? (least < 128) * 0.95 : (Math.max(l, r, u, d) > 127) * 0.6;
        } else {
          const slope = Math.max(Math.abs(r - l), Math.abs(d - u)) / 2;
          const near = slope < 1 ? 0 : Math.min(1.6 - Math.abs(v - 127.5) / slope, 1);
          a = within ? near : near * 0.6;
        }
        if (a * weight <= line[i + 3]) continue;
        [line[i], line[i + 1], line[i + 2]] = within ? light : dark;
        line[i + 3] = a * weight;
      }
    }
  }

  #pixels(width, height) {
    const pixels = new ImageData(width, height);
    const { data } = pixels;
    const { fill, line, veiled } = this;
    for (let i = 0; i < data.length; i += 4) {
      const below = TINT * (1 - line[i + 3]);
      const veil = veiled ? VEIL * (1 - fill[i + 3]) * (1 - line[i + 3]) : 0; // black
      const a = line[i + 3] + below * fill[i + 3] + veil;
      if (!a) continue;
      for (let c = i; c < i + 3; c++) data[c] = (line[c] * line[i + 3] + fill[c] * below) / a;
      data[i + 3] = 255 * a;
    }
    return pixels;
  }
}
