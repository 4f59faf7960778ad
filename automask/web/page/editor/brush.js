/**
 * The brush: what a stroke does to a mask, to the last bit.
 *
 * A point of a stroke has a place (x, y), a radius r and a strength q in [0, 1]; places
 * and radii are px of the picture, and pixel (i, j) has its centre at (i + 0.5, j + 0.5).
 * Between two points a and b the brush leaves at a centre p the coverage
 *
 *     t = clamp((p - a).(b - a) / |b - a|^2, 0, 1)       t = 1 if a = b
 *     d = |p - a - t (b - a)|,  r = a.r + t (b.r - a.r),  q = a.q + t (b.q - a.q)
 *     u = clamp((r + 0.5 - d) / (r s + 1), 0, 1)          s = softness in [0, 1]
 *     c = floor(255 q u^2 (3 - 2 u) + 0.5)
 *
 * and a stroke the greatest c of its pieces, so that it never exceeds its own strength.
 * From the values v before the stroke it makes
 *
 *     eraser  v' = floor((v (255 - c) + 127) / 255)
 *     brush   v' = 255 - floor(((255 - v) (255 - c) + 127) / 255)
 *
 * A point nearer than max(0.5, r / 8) to the last one used waits for the next; the
 * last point of a stroke is always used.
 */

import { TILE, compact, dense, same, union } from "./tiles.js";

const HALF_DIAGONAL = TILE * Math.SQRT1_2; // px

/** @typedef {{x: number, y: number, radius: number, strength: number}} Point */

export class Stroke {
  /**
   * @param {import("./tiles.js").TiledMask} mask
   * @param {{erase: boolean, softness: number}} options softness in [0, 1]
   */
  constructor(mask, { erase, softness }) {
    this.mask = mask;
    this.erase = erase;
    this.softness = softness;
    this.touched = new Map(); // index of the tile -> its work
    this.last = null;
    this.waiting = null;
  }

  /** Goes on to a point. @returns {?import("./tiles.js").Rect} what may have changed */
  extend(point) {
    const { last } = this;
    if (last) {
      const dx = point.x - last.x;
      const dy = point.y - last.y;
      if (Math.sqrt(dx * dx + dy * dy) < Math.max(0.5, last.radius / 8)) {
        this.waiting = point;
        return null;
      }
    }
    this.waiting = null;
    this.last = point;
    return this.#paint(last ?? point, point);
  }

  /**
   * Uses the point that waits, and gives the tiles that changed to the history.
   *
   * @returns {{rect: ?import("./tiles.js").Rect, entries: [number, import("./tiles.js").Tile][]}}
   *   entries: each changed tile's index and what it was before
   */
  end() {
    const rect = this.waiting ? this.#paint(this.last, this.waiting) : null;
    const entries = [];
    for (const [index, { was, now }] of this.touched) {
      const tile = compact(now);
      this.mask.tiles[index] = same(tile, was) ? was : tile;
      if (this.mask.tiles[index] !== was) entries.push([index, was]);
    }
    return { rect, entries };
  }

  /** Takes everything back. @returns {?import("./tiles.js").Rect} what it touched */
  cancel() {
    let rect = null;
    for (const [index, { was }] of this.touched) {
      this.mask.tiles[index] = was;
      rect = union(rect, this.mask.rect(index));
    }
    return rect;
  }

  #paint(a, b) {
    const reach = Math.max(a.radius, b.radius) + 0.5;
    const { width, height, columns } = this.mask;
    const rect = {
      x0: Math.max(0, Math.floor(Math.min(a.x, b.x) - reach)),
      y0: Math.max(0, Math.floor(Math.min(a.y, b.y) - reach)),
      x1: Math.min(width, Math.ceil(Math.max(a.x, b.x) + reach)),
      y1: Math.min(height, Math.ceil(Math.max(a.y, b.y) + reach)),
    };
    if (rect.x0 >= rect.x1 || rect.y0 >= rect.y1) return null;
    for (let y = Math.floor(rect.y0 / TILE); y * TILE < rect.y1; y++) {
      for (let x = Math.floor(rect.x0 / TILE); x * TILE < rect.x1; x++) {
        if (distance(a, b, (x + 0.5) * TILE, (y + 0.5) * TILE) > reach + HALF_DIAGONAL) continue;
        this.#paintTile(a, b, y * columns + x, x * TILE, y * TILE, rect);
      }
    }
    return rect;
  }

  #work(index) {
    if (!this.touched.has(index)) {
      const was = this.mask.tiles[index];
      const now = dense(was);
      this.touched.set(index, {
        was, now, before: dense(was), coverage: new Uint8Array(now.length),
      });
      this.mask.tiles[index] = now;
    }
    return this.touched.get(index);
  }

  #paintTile(a, b, index, left, top, rect) {
    const { now, before, coverage } = this.#work(index);
    const { erase, softness } = this;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const length2 = dx * dx + dy * dy;
    const radii = b.radius - a.radius;
    const strengths = b.strength - a.strength;
    const full = Math.floor(255 * Math.max(a.strength, b.strength) + 0.5);
    const [x0, x1] = [Math.max(rect.x0, left), Math.min(rect.x1, left + TILE)];
    const [y0, y1] = [Math.max(rect.y0, top), Math.min(rect.y1, top + TILE)];
    for (let y = y0; y < y1; y++) {
      const py = y + 0.5 - a.y;
      for (let x = x0, i = (y - top) * TILE + x0 - left; x < x1; x++, i++) {
        if (coverage[i] >= full) continue;
        const px = x + 0.5 - a.x;
        let t = 1;
        if (length2 > 0) t = Math.min(Math.max((px * dx + py * dy) / length2, 0), 1);
        const ex = px - t * dx;
        const ey = py - t * dy;
        const r = a.radius + t * radii;
        const far = r + 0.5 - Math.sqrt(ex * ex + ey * ey);
        if (far <= 0) continue;
        const u = Math.min(far / (r * softness + 1), 1);
        const q = a.strength + t * strengths;
        const c = Math.floor(255 * q * u * u * (3 - 2 * u) + 0.5);
        if (c <= coverage[i]) continue;
        coverage[i] = c;
        const v = erase ? before[i] : 255 - before[i];
        const kept = Math.floor((v * (255 - c) + 127) / 255);
        now[i] = erase ? kept : 255 - kept;
      }
    }
  }
}

/** From (x, y) to the straight piece between two points, px. */
function distance(a, b, x, y) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = dx * dx + dy * dy || 1;
  const t = Math.min(Math.max(((x - a.x) * dx + (y - a.y) * dy) / length2, 0), 1);
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}
