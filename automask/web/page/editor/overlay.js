/**
 * The masks as soft colours with an outline where they are one half.
 *
 * They are drawn in cells of 2^level px of the picture, about a device px each, in
 * chunks that are kept; only what a stroke touched or what comes into sight is computed.
 */

import { rgb } from "./colors.js";
import { sample } from "./sampling.js";
import { union } from "./tiles.js";

const CHUNK = 256; // cells
const PADDED = (CHUNK + 2) * (CHUNK + 2);
const AROUND = 3; // cells around a change that look different: outline, interpolation
const KEPT = 128; // chunks, 256 KiB each
const TINT = 0.45; // how much of the picture's place a mask's colour takes
const VEIL = 0.6; // how dark the rest is
const SHADE = 0.55; // how dark the outer side of an outline is
const MOST_LEVEL = 6; // a cell must lie within a tile

export class Overlay {
  constructor() {
    this.chunks = new Map(); // key -> {canvas, context, level, x, y, dirty: ?Rect}
    this.plane = new Uint8Array(PADDED);
    this.fill = new Float32Array(4 * CHUNK * CHUNK); // colour times cover, cover
    this.line = new Float32Array(4 * CHUNK * CHUNK); // colour of the outline, its cover
    this.shade = new Float32Array(CHUNK * CHUNK); // cover of its dark side
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
      const dirty = {
        x0: Math.max(Math.floor(rect.x0 / size) - AROUND - left, 0),
        y0: Math.max(Math.floor(rect.y0 / size) - AROUND - top, 0),
        x1: Math.min(Math.ceil(rect.x1 / size) + AROUND - left, chunk.canvas.width),
        y1: Math.min(Math.ceil(rect.y1 / size) + AROUND - top, chunk.canvas.height),
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
    this.shade.fill(0, 0, width * height);
    for (const layer of this.layers) {
      const [left, top] = [chunk.x * CHUNK + x0 - 1, chunk.y * CHUNK + y0 - 1];
      const { mask } = layer;
      const uniform = sample(mask, chunk.level, left, top, width + 2, height + 2, this.plane);
      if (uniform === 0) continue;
      this.#tint(layer, width, height);
      if (uniform < 0) this.#outline(layer, width, height, chunk.level < -1);
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
    const light = rgb(color).map((value) => value + (255 - value) * 0.5);
    const { plane, line, shade } = this;
    const wide = width + 2;
    for (let y = 0; y < height; y++) {
      for (let x = 0, p = (y + 1) * wide + 1, i = y * width; x < width; x++, p++, i++) {
        const v = plane[p];
        const [l, r, u, d] = [plane[p - 1], plane[p + 1], plane[p - wide], plane[p + wide]];
        if (v === l && v === r && v === u && v === d) continue;
        let [near, within] = [0, v > 127];
        if (crisp) near = Math.min(v, l, r, u, d) < 128 && Math.max(v, l, r, u, d) > 127;
        else {
          const slope = Math.max(Math.abs(r - l), Math.abs(d - u)) / 2;
          const inner = (v - 127.5) / slope; // cells, from the line inwards
          within = inner > -0.5; // masks side by side leave no dark cell between their lines
          if (slope >= 1) near = Math.min(1.6 - Math.abs(inner), 1);
        }
        const a = near * weight;
        if (!within) shade[i] = Math.max(shade[i], SHADE * a);
        else if (a > line[4 * i + 3]) {
          for (let c = 0; c < 3; c++) line[4 * i + c] = light[c];
          line[4 * i + 3] = a;
        }
      }
    }
  }

  /** From above: the line, its dark side, the colour and where there is none the veil. */
  #pixels(width, height) {
    const pixels = new ImageData(width, height);
    const { data } = pixels;
    const { fill, line, shade } = this;
    const veil = this.veiled ? VEIL : 0;
    for (let i = 0, cell = 0; i < data.length; i += 4, cell++) {
      const [above, cover] = [line[i + 3], fill[i + 3]];
      const seen = (1 - above) * (1 - shade[cell]);
      const a = 1 - seen * (1 - TINT * cover - veil * (1 - cover));
      if (!a) continue;
      for (let c = i; c < i + 3; c++) data[c] = (line[c] * above + fill[c] * TINT * seen) / a;
      data[i + 3] = 255 * a;
    }
    return pixels;
  }
}
