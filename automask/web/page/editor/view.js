/** Where the picture lies on the screen: fit, zoom, pan. Lengths in CSS px. */

const MARGIN = 12; // CSS px around a picture that fits
const MOST = 32; // CSS px a pixel of the picture
const AROUND = 6; // device px, more than the cells of the overlay that change too
const KEPT = 48; // CSS px of the picture that stay in sight

export class View {
  /** @param {function(): void} changed called after each change */
  constructor(changed) {
    this.changed = changed;
    this.width = this.height = 0; // of the element
    this.picture = { width: 0, height: 0 }; // px
    this.ratio = 1; // device px a CSS px
    this.scale = 1; // CSS px a pixel of the picture
    this.x = this.y = 0; // the picture's upper left corner
    this.fits = true;
  }

  /** The element has another size. */
  resize(width, height, ratio) {
    this.x += (width - this.width) / 2;
    this.y += (height - this.height) / 2;
    Object.assign(this, { width, height, ratio });
    if (this.fits) this.fit();
    else this.#settle();
  }

  /** Another picture, px. */
  show(width, height) {
    this.picture = { width, height };
    this.fit();
  }

  /** The whole picture, as large as the element lets it be. */
  fit() {
    this.scale = this.#fitting();
    this.x = (this.width - this.scale * this.picture.width) / 2;
    this.y = (this.height - this.scale * this.picture.height) / 2;
    this.fits = true;
    this.changed();
  }

  /**
   * @param {number} factor above 1 comes closer
   * @param {{x: number, y: number}} [at] what stays where it is; the middle without
   */
  zoom(factor, at = { x: this.width / 2, y: this.height / 2 }) {
    const least = Math.min(this.#fitting() / 2, 1);
    const scale = Math.min(Math.max(this.scale * factor, least), MOST);
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.#settle();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#settle();
  }

  /** @returns {{x: number, y: number}} px of the picture under a place of the element */
  toPicture({ x, y }) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /**
   * The part of the element that a part of the picture takes.
   *
   * @param {import("./tiles.js").Rect} rect px of the picture
   * @returns {import("./tiles.js").Rect} whole device px, some more on each side
   */
  toDevice({ x0, y0, x1, y1 }) {
    const at = (origin, value) => (origin + value * this.scale) * this.ratio;
    return {
      x0: Math.floor(at(this.x, x0)) - AROUND, y0: Math.floor(at(this.y, y0)) - AROUND,
      x1: Math.ceil(at(this.x, x1)) + AROUND, y1: Math.ceil(at(this.y, y1)) + AROUND,
    };
  }

  #fitting() {
    const { width, height } = this.picture;
    const across = Math.max(this.width - 2 * MARGIN, 1) / (width || 1);
    const down = Math.max(this.height - 2 * MARGIN, 1) / (height || 1);
    return Math.min(across, down, MOST);
  }

  /** Keeps a piece of the picture in sight. */
  #settle() {
    const inside = (value, size, room) => {
      const kept = Math.min(KEPT, size);
      return Math.min(Math.max(value, kept - size), room - kept);
    };
    this.x = inside(this.x, this.scale * this.picture.width, this.width);
    this.y = inside(this.y, this.scale * this.picture.height, this.height);
    this.fits = false;
    this.changed();
  }
}
