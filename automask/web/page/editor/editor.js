/**
 * The mask editor: soft masks of one picture, shown over it and painted with a brush.
 *
 * Masks are 8 bits a pixel at the picture's own size, whatever is on the screen; only
 * brush.js and the commands change them. Events: "change" {name, kind} after a stroke or
 * command, "masks" when masks have come, "view", "tool", "select" {name}, "solo" {name}.
 */

import { Stroke } from "./brush.js";
import { maskColor } from "./colors.js";
import { listen } from "./input.js";
import { listenToKeys } from "./keys.js";
import { Layers } from "./layers.js";
import { encodeGrey } from "./png.js";
import { Screen } from "./screen.js";
import { TOOL, adjusted, described, strokePoint } from "./tool.js";
import { fillIn, words as english } from "./words.js";

const AHEAD = 4; // masks that are read at once: each takes two bytes a pixel meanwhile

/** @returns {MaskEditor} in the element, an empty div that has a size */
export function createEditor(element, { words = english } = {}) {
  return new MaskEditor(element, { ...english, ...words });
}

export class MaskEditor extends EventTarget {
  #words;
  #screen;
  #input;
  #keys;
  #layers;
  #selected = null; // layers, since names change
  #soloed = null;
  #stroke = null;
  #hover = null; // where the pointer is, CSS px
  #tool = TOOL;

  constructor(element, words) {
    super();
    this.#words = words;
    this.#screen = new Screen(element, words, () => this.#moved());
    this.#layers = new Layers(0, 0, words);
    const { root } = this.#screen.surface;
    this.#input = listen(root, {
      begin: (at, { erase }) => this.#begin(at, erase),
      extend: (places) => this.#extend(places),
      end: () => this.#end(),
      cancel: () => this.#cancel(),
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor, at) => this.zoom(factor, at),
      hover: (at) => this.#ring(at),
      pans: () => this.#pans,
    });
    this.#keys = listenToKeys(root, this, () => this.#ring(this.#hover));
  }

  /** Shows another picture, without masks: any CanvasImageSource, and the picture's own size in px. */
  show({ image, width, height }) {
    this.#forget(width, height);
    this.#screen.surface.label(fillIn(this.#words.labelPicture, { width, height }));
    this.#screen.show(image, width, height);
  }

  /** A sharper rendition of the picture that is shown. */
  sharpen(image) { this.#screen.show(image); }

  /**
   * The picture's masks, objects before their parts; the history begins anew.
   *
   * @param {{name: string, color?: string, alpha: any, edited?: boolean}[]} masks alpha: as in read.js
   * @returns {Promise<void>} when all are there; they are shown as they come
   * @throws {Error} if a mask cannot be read or has another size than the picture
   */
  async setMasks(masks) {
    const layers = this.#forget(this.#layers.width, this.#layers.height);
    const read = ({ name, alpha }) => layers.read(name, alpha).catch((error) => error);
    const coming = masks.slice(0, AHEAD).map(read);
    for (const [index, { name, color = maskColor(name, index), edited }] of masks.entries()) {
      const values = await coming.shift();
      coming.push(...masks.slice(index + AHEAD, index + AHEAD + 1).map(read));
      if (values instanceof Error) throw values;
      if (layers !== this.#layers) return; // others were asked for meanwhile
      layers.put({ name, color, edited }, values);
      this.#restack();
    }
    this.#emit("masks");
  }

  /** @returns {{name: string, color: string, visible: boolean, edited: boolean}[]} */
  get masks() { return this.#layers.layers.map(({ mask, ...about }) => about); }
  /** @returns {{width: number, height: number}} px of the picture */
  get size() { return { width: this.#layers.width, height: this.#layers.height }; }
  get selected() { return this.#selected?.name ?? null; }
  get soloed() { return this.#soloed?.name ?? null; }
  get settings() { return { ...this.#tool }; }
  get canUndo() { return this.#layers.history.done.length > 0; }
  get canRedo() { return this.#layers.history.undone.length > 0; }

  /** @returns {{scale: number, x: number, y: number, fits: boolean}} CSS px a pixel; the picture's corner */
  get view() {
    const { scale, x, y, fits } = this.#screen.view;
    return { scale, x, y, fits };
  }

  setVisible(name, visible) {
    this.#layers.get(name).visible = Boolean(visible);
    this.#restack();
  }

  /** Shows one mask alone; null: all again. */
  solo(name) {
    if (name === this.soloed) return;
    this.#soloed = name === null ? null : this.#layers.get(name);
    this.#say(name === null ? this.#words.unsoloed : this.#words.soloed, { name });
    this.#restack();
    this.#emit("solo", { name });
  }

  /** Chooses the mask to paint; null: none. It is always shown. */
  select(name) {
    if (name === this.selected) return;
    this.#input.cancel();
    this.#selected = name === null ? null : this.#layers.get(name);
    this.#say(name === null ? this.#words.unselected : this.#words.selected, { name });
    this.#restack();
    this.#emit("select", { name });
  }

  /** @param {Partial<import("./tool.js").Tool>} change */
  tool(change) {
    const was = this.#tool;
    this.#tool = adjusted(was, change);
    const text = described(was, this.#tool, this.#words);
    if (!text) return;
    this.#say(text);
    this.#ring(this.#hover);
    this.#emit("tool", this.settings);
  }

  // Commands; a name that is left out is the one that is selected

  fill(name = this.selected) { this.#command("fill", name, () => this.#layers.fill("fill", name, 255)); }
  clear(name = this.selected) { this.#command("clear", name, () => this.#layers.fill("clear", name, 0)); }
  invert(name = this.selected) { this.#command("invert", name, () => this.#layers.invert(name)); }
  remove(name) { this.#command("remove", name, () => this.#layers.remove(name)); }
  rename(old, name) { this.#command("rename", name, () => this.#layers.rename(old, name)); }
  addRegion(name, color = maskColor(name, this.masks.length)) {
    this.#command("add", name, () => this.#layers.add(name, color));
  }

  /** The automatic mask again. @param {any} alpha as in read.js */
  async reset(name, alpha) {
    const layers = this.#layers;
    const values = await layers.read(name, alpha);
    if (layers === this.#layers) this.#command("reset", name, () => layers.reset(name, values));
  }

  undo() { this.#travel("undo", this.#words.nothingToUndo); }
  redo() { this.#travel("redo", this.#words.nothingToRedo); }

  zoom(factor, at) { this.#screen.view.zoom(factor, at); }
  pan(dx, dy) { this.#screen.view.pan(dx, dy); }
  fit() { this.#screen.view.fit(); }
  focus() { this.#screen.surface.root.focus(); }

  /** @returns {Uint8Array} width * height, row by row */
  mask(name) { return this.#layers.get(name).mask.toArray(); }

  /** @returns {Promise<Blob>} the mask as a PNG file of 8-bit grey */
  png(name) { return encodeGrey(this.mask(name), this.#layers.width, this.#layers.height); }

  get #pans() { return this.#tool.mode === "pan" || this.#keys.space || !this.#selected; }

  #begin(at, erase) {
    const eraser = erase || this.#tool.mode === "eraser";
    this.#stroke = new Stroke(this.#selected.mask, { erase: eraser, softness: this.#tool.softness });
    this.#extend([at]);
  }

  #extend(places) {
    for (const place of places) {
      const at = this.#screen.view.toPicture(place);
      this.#screen.touch(this.#stroke.extend(strokePoint(this.#tool, at, place.pressure)));
    }
  }

  #end() {
    const { rect, entries } = this.#stroke.end();
    const kind = this.#stroke.erase ? "eraser" : "brush";
    this.#stroke = null;
    this.#screen.touch(rect);
    if (!entries.length) return;
    this.#layers.commit(kind, this.#selected, entries);
    this.#emit("change", { name: this.selected, kind });
  }

  #cancel() {
    this.#screen.touch(this.#stroke.cancel());
    this.#stroke = null;
  }

  #command(kind, name, act) {
    this.#input.cancel();
    if (name === null) {
      this.#say(this.#words.chooseMask);
      return;
    }
    act();
    this.#restack();
    this.#say(this.#words.done, { kind: this.#words.kinds[kind], name });
    this.#emit("change", { name, kind });
  }

  #travel(way, otherwise) {
    if (this.#stroke) return void this.#input.cancel();
    const moved = this.#layers.history[way]();
    if (!moved) return void this.#say(otherwise);
    const { step: { kind, layer: { name } }, rect } = moved;
    if (rect) this.#screen.touch(rect);
    else this.#restack();
    this.#say(this.#words[way], { kind: this.#words.kinds[kind], name });
    this.#emit("change", { name, kind: way, of: kind });
  }

  /** Begins with no masks. */
  #forget(width, height) {
    this.#input.cancel();
    this.#layers = new Layers(width, height, this.#words);
    this.#restack();
    return this.#layers;
  }

  /** Those shown have changed; one that is gone is neither selected nor alone. */
  #restack() {
    const { layers } = this.#layers;
    if (!layers.includes(this.#soloed)) this.solo(null);
    if (!layers.includes(this.#selected)) this.select(null);
    const shown = this.#layers.shown(this.#selected, this.#soloed);
    this.#screen.stack(shown, Boolean(this.#soloed));
    this.#ring(this.#hover);
  }

  #ring(at) {
    this.#hover = at;
    const { surface, view } = this.#screen;
    const pans = this.#pans;
    surface.root.classList.toggle("editor-grab", pans);
    surface.brush(pans ? null : at, this.#tool.size * view.scale, this.#tool.softness);
  }

  #moved() {
    if (!this.#keys) return; // still being built
    this.#ring(this.#hover);
    this.#emit("view", this.view);
  }

  #say(text, values = {}) { this.#screen.surface.say(fillIn(text, values)); }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
