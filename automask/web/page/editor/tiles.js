/**
 * A mask held as tiles: 8 bits a pixel, at the picture's own size.
 *
 * A tile of one value everywhere is that number, any other is a Uint8Array of
 * TILE x TILE bytes. A tile that is in a mask is never written again: a change puts
 * another in its place, so that the history keeps the old one without a copy.
 * Tiles at the right and lower border reach beyond the picture.
 */

export const TILE = 64; // px
const CELLS = TILE * TILE;

/** @typedef {number|Uint8Array} Tile */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Rect px, x1 and y1 exclusive */

export class TiledMask {
  /**
   * @param {number} width px
   * @param {number} height px
   * @param {Tile[]} [tiles] row by row; all 0 without
   */
  constructor(width, height, tiles) {
    this.width = width;
    this.height = height;
    this.columns = Math.ceil(width / TILE);
    this.rows = Math.ceil(height / TILE);
    this.tiles = tiles ?? new Array(this.columns * this.rows).fill(0);
  }

  /**
   * @param {Uint8Array|Uint8ClampedArray} values width * height, row by row
   * @param {number} width px
   * @param {number} height px
   */
  static from(values, width, height) {
    const mask = new TiledMask(width, height);
    for (let index = 0; index < mask.tiles.length; index++) {
      const { x0, y0, x1, y1 } = mask.rect(index);
      const tile = new Uint8Array(CELLS);
      for (let y = 0; y < TILE; y++) {
        const start = Math.min(y0 + y, y1 - 1) * width;
        tile.set(values.subarray(start + x0, start + x1), y * TILE);
        if (x1 - x0 < TILE) {
          tile.fill(values[start + x1 - 1], y * TILE + x1 - x0, (y + 1) * TILE);
        }
      }
      mask.tiles[index] = compact(tile);
    }
    return mask;
  }

  /** @returns {Uint8Array} width * height, row by row */
  toArray() {
    const values = new Uint8Array(this.width * this.height);
    this.tiles.forEach((tile, index) => {
      const { x0, y0, x1, y1 } = this.rect(index);
      for (let y = y0; y < y1; y++) {
        const start = y * this.width;
        if (typeof tile === "number") values.fill(tile, start + x0, start + x1);
        else values.set(tile.subarray((y - y0) * TILE, (y - y0) * TILE + x1 - x0), start + x0);
      }
    });
    return values;
  }

  /** @returns {Rect} what the tile covers of the picture */
  rect(index) {
    const x0 = (index % this.columns) * TILE;
    const y0 = Math.floor(index / this.columns) * TILE;
    return {
      x0, y0,
      x1: Math.min(x0 + TILE, this.width), y1: Math.min(y0 + TILE, this.height),
    };
  }
}

/** @returns {Uint8Array} a copy of the tile with all its bytes */
export function dense(tile) {
  return typeof tile === "number" ? new Uint8Array(CELLS).fill(tile) : tile.slice();
}

/** @returns {Tile} its number if all its bytes are equal */
export function compact(tile) {
  const first = tile[0];
  for (let i = 1; i < CELLS; i++) if (tile[i] !== first) return tile;
  return first;
}

/** @returns {Tile} 255 minus each value */
export function inverted(tile) {
  return typeof tile === "number" ? 255 - tile : tile.map((value) => 255 - value);
}

/** @returns {boolean} whether two tiles, compact both, hold the same values */
export function same(one, other) {
  if (one === other) return true;
  if (typeof one === "number" || typeof other === "number") return false;
  for (let i = 0; i < CELLS; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** @returns {Rect} the smallest that holds both; ``one`` may be null */
export function union(one, other) {
  if (!one) return other;
  return {
    x0: Math.min(one.x0, other.x0), y0: Math.min(one.y0, other.y0),
    x1: Math.max(one.x1, other.x1), y1: Math.max(one.y1, other.y1),
  };
}
