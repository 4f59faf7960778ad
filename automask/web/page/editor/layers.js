/** The masks of one picture and what can be done to them, each step undoable. */

import { History, invertStep, listStep, tileStep } from "./history.js";
import { readMask } from "./read.js";
import { TiledMask, inverted, same } from "./tiles.js";
import { fillIn } from "./words.js";

const ASIDE = 0.4; // of the colour of what is not being painted, and of the background

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} color "#rrggbb"
 * @property {TiledMask} mask
 * @property {boolean} visible
 * @property {boolean} edited whether it differs from the automatic mask
 */

export class Layers {
  /**
   * @param {number} width px; also height
   * @param {number} height
   * @param {typeof import("./words.js").words} words
   */
  constructor(width, height, words) {
    Object.assign(this, { width, height, words });
    /** @type {Layer[]} */
    this.layers = [];
    this.history = new History();
  }

  /** @returns {Layer} @throws {Error} if there is none */
  get(name) {
    const layer = this.layers.find((each) => each.name === name);
    if (!layer) throw new Error(fillIn(this.words.unknownMask, { name }));
    return layer;
  }

  /**
   * @param {string} name for messages
   * @param {any} alpha as in read.js
   * @returns {Promise<Uint8Array>} width * height
   * @throws {Error} if it cannot be read or has another size than the picture
   */
  async read(name, alpha) {
    const { width: pictureWidth, height: pictureHeight, words } = this;
    const mask = await readMask(alpha, pictureWidth, pictureHeight).catch((error) => {
      throw new Error(fillIn(words.unreadable, { name }), { cause: error });
    });
    if (mask.width === pictureWidth && mask.height === pictureHeight) return mask.values;
    throw new Error(fillIn(words.wrongSize, { ...mask, name, pictureWidth, pictureHeight }));
  }

  /**
   * What is seen: the mask that is alone or all that are visible, and above them the one
   * that is being painted.
   *
   * @param {?Layer} selected
   * @param {?Layer} soloed
   * @returns {{mask: TiledMask, color: string, weight: number}[]}
   */
  shown(selected, soloed) {
    const seen = (layer) => layer !== selected && (soloed ? layer === soloed : layer.visible);
    const back = ({ name }) => !soloed && (selected || name === "background");
    const others = this.layers.filter(seen).map((layer) => [layer, back(layer) ? ASIDE : 1]);
    return [...others, ...(selected ? [[selected, 1]] : [])].map(
      ([{ mask, color }, weight]) => ({ mask, color, weight }),
    );
  }

  /**
   * One more mask, which is no step.
   *
   * @param {{name: string, color: string, edited: boolean}} about
   * @param {?Uint8Array} values width * height; null: 0 everywhere
   * @returns {Layer}
   */
  put({ name, color, edited = false }, values) {
    this.#refuse(name);
    const { width, height } = this;
    const mask = values ? TiledMask.from(values, width, height) : new TiledMask(width, height);
    const layer = { name, color, mask, visible: true, edited };
    this.layers = [...this.layers, layer];
    return layer;
  }

  add(name, color) {
    const former = this.layers;
    const layer = this.put({ name, color, edited: true }, null);
    this.history.push(listStep("add", layer, this, former));
  }

  remove(name) {
    const layer = this.get(name);
    const former = this.layers;
    this.layers = former.filter((each) => each !== layer);
    this.history.push(listStep("remove", layer, this, former));
  }

  rename(name, other) {
    const layer = this.get(name);
    if (name === other) return;
    this.#refuse(other);
    layer.name = other;
    this.history.push(listStep("rename", layer, this, this.layers, name));
  }

  /** @param {string} kind "fill" or "clear" @param {number} value everywhere */
  fill(kind, name, value) {
    const layer = this.get(name);
    this.#replace(kind, layer, layer.mask.tiles.map(() => value), true);
  }

  invert(name) {
    const layer = this.get(name);
    layer.mask.tiles = layer.mask.tiles.map(inverted);
    this.history.push(invertStep(layer, layer.edited));
    layer.edited = true;
  }

  /** @param {Uint8Array} values the automatic mask */
  reset(name, values) {
    const { tiles } = TiledMask.from(values, this.width, this.height);
    this.#replace("reset", this.get(name), tiles, false);
  }

  /** A change of tiles that is done becomes a step, if it is one. @returns {boolean} */
  commit(kind, layer, entries, edited = true) {
    if (!entries.length && layer.edited === edited) return false;
    this.history.push(tileStep(kind, layer, entries, layer.edited));
    layer.edited = edited;
    return true;
  }

  #replace(kind, layer, tiles, edited) {
    const was = layer.mask.tiles;
    const entries = was.map((tile, i) => [i, tile]).filter(([i, tile]) => !same(tile, tiles[i]));
    layer.mask.tiles = tiles;
    this.commit(kind, layer, entries, entries.length ? edited : edited && layer.edited);
  }

  #refuse(name) {
    if (this.layers.some((each) => each.name === name)) {
      throw new Error(fillIn(this.words.nameTaken, { name }));
    }
  }
}
