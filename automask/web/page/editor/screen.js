/** What is seen: the picture, the masks over it and the brush; drawn once a frame. */

import { Overlay } from "./overlay.js";
import { Surface } from "./surface.js";
import { union } from "./tiles.js";
import { View } from "./view.js";

const FRAME = 10; // ms a frame may take for parts of the overlay that come into sight

export class Screen {
  #overlay = new Overlay();
  #image = null;
  #frame = 0;
  #moved = false; // the whole is to be drawn, the picture too
  #stale = false; // the whole overlay is
  #dirty = null; // part of the picture whose overlay is, px

  /**
   * @param {HTMLElement} element
   * @param {{label: string, help: string}} words
   * @param {function(): void} moved called when the view changes
   */
  constructor(element, words, moved) {
    this.surface = new Surface(element, words.label, words.help);
    this.view = new View(() => {
      this.#moved = true;
      this.#request();
      moved();
    });
    const resize = () => this.#resize();
    new ResizeObserver(resize).observe(this.surface.root);
    window.addEventListener("resize", resize); // another screen, another devicePixelRatio
    this.#resize();
  }

  /** Another picture, px; without a size a sharper rendition of the same. */
  show(image, width, height) {
    this.#image = image;
    if (width) this.view.show(width, height);
    this.#moved = true;
    this.#request();
  }

  /**
   * @param {{mask: object, color: string, weight: number}[]} layers those shown, lower
   *   first; weight: how much of their colour, 0..1
   * @param {boolean} veiled whether all else is darkened
   */
  stack(layers, veiled) {
    this.#overlay.reset(layers, veiled);
    this.#stale = true;
    this.#request();
  }

  /** A mask has changed there. @param {?import("./tiles.js").Rect} rect px of the picture */
  touch(rect) {
    if (!rect) return;
    this.#overlay.touch(rect);
    this.#dirty = union(this.#dirty, rect);
    this.#request();
  }

  #request() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.surface.root;
    const ratio = window.devicePixelRatio;
    const { view } = this;
    if (!width || !height) return; // hidden
    if (view.width === width && view.height === height && view.ratio === ratio) return;
    this.surface.resize(width, height, ratio);
    view.resize(width, height, ratio);
    this.#draw(); // now, since a canvas of another size is empty
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#image) return;
    const { width, height } = this.surface.overlay;
    if (this.#moved) this.surface.drawPicture(this.#image, this.view);
    const whole = { x0: 0, y0: 0, x1: width, y1: height };
    const all = this.#moved || this.#stale;
    const part = all ? whole : this.#dirty && common(this.view.toDevice(this.#dirty), whole);
    this.#moved = this.#stale = false;
    this.#dirty = null;
    if (part && !this.#drawOverlay(part)) {
      this.#stale = true;
      this.#request();
    }
  }

  #drawOverlay(part) {
    const context = this.surface.overlay.getContext("2d");
    const size = [part.x0, part.y0, part.x1 - part.x0, part.y1 - part.y0];
    context.save();
    context.beginPath();
    context.rect(...size);
    context.clip();
    context.clearRect(...size);
    context.imageSmoothingEnabled = this.view.scale < 3;
    const complete = this.#overlay.draw(context, this.view, part, performance.now() + FRAME);
    context.restore();
    return complete;
  }
}

/** What lies in both rectangles. */
function common(one, other) {
  return {
    x0: Math.max(one.x0, other.x0), y0: Math.max(one.y0, other.y0),
    x1: Math.min(one.x1, other.x1), y1: Math.min(one.y1, other.y1),
  };
}
