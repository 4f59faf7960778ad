/** Masks read at the resolution of the screen. */

import { TILE } from "./tiles.js";

const SHIFT = Math.log2(TILE);

/**
 * Reads a mask in cells of 2^level px: the mean of four pixels spread over the cell.
 * At level -1 it is interpolated; below, a pixel is 2^-level cells wide. Beyond the
 * picture its border goes on.
 *
 * @param {TiledMask} mask
 * @param {number} level at most 6
 * @param {number} x first cell from the left; also y, may lie outside
 * @param {number} y
 * @param {number} width cells
 * @param {number} height cells
 * @param {Uint8Array} out takes width * height values
 * @returns {number} the value of all cells if they are equal and that was cheap to see, else -1
 */
export function sample(mask, level, x, y, width, height, out) {
  if (level === -1) return doubled(mask, x, y, width, height, out);
  const cells = (length) => (level > 0 ? Math.ceil(length / 2 ** level) : length * 2 ** -level);
  const pixel = (cell) => (level > 0 ? cell << level : cell >> -level);
  const left = Math.min(Math.max(x, 0), x + width - 1);
  const right = Math.max(Math.min(x + width, cells(mask.width)), left + 1);
  const bottom = cells(mask.height) - 1;
  let uniform = null;
  let above = -1; // the row of the picture's cells that is copied, not read, when it repeats
  for (let row = 0; row < height; row++) {
    const cellY = Math.min(Math.max(y + row, 0), bottom);
    const start = row * width;
    const line = level < 0 ? pixel(cellY) : cellY;
    if (line === above) {
      out.copyWithin(start, start - width, start);
      continue;
    }
    above = line;
    const top = pixel(cellY);
    const tiles = (top >> SHIFT) * mask.columns;
    for (let cell = left; cell < right; ) {
      const px = pixel(cell);
      const tile = mask.tiles[tiles + (px >> SHIFT)];
      const next = cells(((px >> SHIFT) + 1) << SHIFT);
      const end = Math.min(next, right);
      if (typeof tile === "number") {
        out.fill(tile, start + cell - x, start + end - x);
        uniform = uniform === null || uniform === tile ? tile : -1;
      } else {
        uniform = -1;
        read(tile, level, cell, end, top & (TILE - 1), out, start - x);
      }
      cell = end;
    }
    out.fill(out[start + left - x], start, start + left - x);
    out.fill(out[start + right - 1 - x], start + right - x, start + width);
  }
  return uniform;
}

/** Level -1: from the four nearest pixels, by their distance. */
function doubled(mask, x, y, width, height, out) {
  const [left, top] = [(x >> 1) - 1, (y >> 1) - 1];
  const wide = ((x + width - 1) >> 1) + 2 - left;
  const high = ((y + height - 1) >> 1) + 2 - top;
  const pixels = new Uint8Array(wide * high);
  const uniform = sample(mask, 0, left, top, wide, high, pixels);
  for (let row = 0; row < height; row++) {
    const near = (((y + row) >> 1) - top) * wide - left;
    const far = near + ((y + row) & 1 ? wide : -wide);
    for (let cell = x, to = row * width; cell < x + width; cell++, to++) {
      const [a, b] = [cell >> 1, (cell >> 1) + (cell & 1 ? 1 : -1)];
      const sum = 9 * pixels[near + a] + 3 * (pixels[near + b] + pixels[far + a]) + pixels[far + b];
      out[to] = (sum + 8) >> 4;
    }
  }
  return uniform;
}

/** Cells from ``cell`` to ``end`` of one row of a dense tile. */
function read(tile, level, cell, end, top, out, to) {
  if (level <= 0) {
    const row = top << SHIFT;
    for (; cell < end; cell++) out[to + cell] = tile[row + ((cell >> -level) & (TILE - 1))];
    return;
  }
  const near = (1 << level) >> 2;
  const far = near + ((1 << level) >> 1);
  const one = (top + near) << SHIFT;
  const two = (top + far) << SHIFT;
  for (; cell < end; cell++) {
    const a = ((cell << level) & (TILE - 1)) + near;
    const b = a + far - near;
    out[to + cell] = (tile[one + a] + tile[one + b] + tile[two + a] + tile[two + b] + 2) >> 2;
  }
}
