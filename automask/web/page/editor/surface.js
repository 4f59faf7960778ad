/** The elements of an editor: two canvases, the ring of the brush, the announcements. */

export class Surface {
  /**
   * @param {HTMLElement} element
   * @param {string} label
   * @param {string} help
   */
  constructor(element, label, help) {
    element.classList.add("editor");
    this.root = make("div", "editor-surface");
    this.picture = make("canvas", "editor-canvas");
    this.overlay = make("canvas", "editor-canvas");
    this.ring = make("div", "editor-ring");
    this.ring.append(make("div", "editor-ring-core"));
    this.live = make("div", "editor-live");
    this.live.setAttribute("aria-live", "polite");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-description", help);
    this.picture.setAttribute("aria-hidden", "true");
    this.overlay.setAttribute("aria-hidden", "true");
    this.label(label);
    this.ring.hidden = true;
    this.root.append(this.picture, this.overlay, this.ring);
    element.replaceChildren(this.root, this.live);
  }

  label(text) {
    this.root.setAttribute("aria-label", text);
  }

  /** For a screen reader. The same words twice are said twice. */
  say(text) {
    this.live.textContent = text === this.live.textContent ? `${text}\u00a0` : text;
  }

  /** The canvases take the element's size, CSS px; ratio: device px a CSS px. */
  resize(width, height, ratio) {
    for (const canvas of [this.picture, this.overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
  }

  /**
   * The ring of the brush: its edge, and within it where it has its full strength.
   *
   * @param {?{x: number, y: number}} at CSS px; null hides it
   * @param {number} [size] of the brush on the screen, CSS px
   * @param {number} [softness] 0..1
   */
  brush(at, size, softness) {
    this.ring.hidden = !at;
    this.root.classList.toggle("editor-ringed", Boolean(at));
    if (!at) return;
    const { style } = this.ring;
    style.setProperty("--editor-ring-x", `${at.x}px`);
    style.setProperty("--editor-ring-y", `${at.y}px`);
    style.setProperty("--editor-ring-size", `${Math.max(size, 3)}px`);
    style.setProperty("--editor-ring-core", String(1 - softness));
    this.ring.classList.toggle("editor-ring-soft", softness > 0.05 && size > 16);
  }

  /**
   * @param {CanvasImageSource} image a rendition of the picture
   * @param {import("./view.js").View} view
   */
  drawPicture(image, view) {
    const context = this.picture.getContext("2d");
    const { width, height } = view.picture;
    const { ratio, scale } = view;
    const at = (origin, length) => Math.round((origin + length * scale) * ratio);
    const [left, top] = [at(view.x, 0), at(view.y, 0)];
    context.clearRect(0, 0, this.picture.width, this.picture.height);
    context.imageSmoothingEnabled = scale < 3;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, left, top, at(view.x, width) - left, at(view.y, height) - top);
  }
}

function make(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}
