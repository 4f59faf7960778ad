/**
 * Undo and redo: steps that exchange what is with what was.
 *
 * A step's ``swap()`` goes back, and when called again forth. It returns what must be
 * drawn again: a rectangle, or null for everything. ``bytes`` is what the step keeps.
 */

import { TILE, inverted, union } from "./tiles.js";

const MOST_STEPS = 200;
const MOST_BYTES = 256 * 2 ** 20; // beyond it the oldest steps are forgotten

/** @typedef {{kind: string, layer: ?object, bytes: number, swap: function(): ?object}} Step */

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
  }

  /** @param {Step} step what has just been done */
  push(step) {
    this.done.push(step);
    this.undone = [];
    let bytes = this.done.reduce((sum, each) => sum + each.bytes, 0);
    while (this.done.length > MOST_STEPS || (bytes > MOST_BYTES && this.done.length > 1)) {
      bytes -= this.done.shift().bytes;
    }
  }

  /** @returns {?{step: Step, rect: ?object}} null if there is nothing to take back */
  undo() {
    return move(this.done, this.undone);
  }

  /** @returns {?{step: Step, rect: ?object}} null if there is nothing to do again */
  redo() {
    return move(this.undone, this.done);
  }
}

function move(from, to) {
  const step = from.pop();
  if (!step) return null;
  to.push(step);
  return { step, rect: step.swap() };
}

/**
 * Tiles of a layer that were changed.
 *
 * @param {string} kind
 * @param {object} layer
 * @param {[number, import("./tiles.js").Tile][]} entries index and former tile
 * @param {boolean} wasEdited whether the layer was, before
 */
export function tileStep(kind, layer, entries, wasEdited) {
  return {
    kind,
    layer,
    get bytes() {
      return entries.filter(([, tile]) => typeof tile !== "number").length * TILE * TILE;
    },
    swap() {
      const { tiles } = layer.mask;
      let rect = null;
      for (const entry of entries) {
        [tiles[entry[0]], entry[1]] = [entry[1], tiles[entry[0]]];
        rect = union(rect, layer.mask.rect(entry[0]));
      }
      [layer.edited, wasEdited] = [wasEdited, layer.edited];
      return rect;
    },
  };
}

/** A layer that was inverted: it keeps nothing, since the same again takes it back. */
export function invertStep(layer, wasEdited) {
  return {
    kind: "invert",
    layer,
    bytes: 0,
    swap() {
      layer.mask.tiles = layer.mask.tiles.map(inverted);
      [layer.edited, wasEdited] = [wasEdited, layer.edited];
      return null;
    },
  };
}

/**
 * Layers that came, went or got another name.
 *
 * @param {string} kind
 * @param {object} layer the one that it is about
 * @param {{layers: object[]}} holder whose list it is
 * @param {object[]} former the list before
 * @param {string} [name] the layer's name before
 */
export function listStep(kind, layer, holder, former, name = layer.name) {
  return {
    kind,
    layer,
    get bytes() {
      if (holder.layers.includes(layer)) return 0;
      return layer.mask.tiles.filter((tile) => typeof tile !== "number").length * TILE * TILE;
    },
    swap() {
      [holder.layers, former] = [former, holder.layers];
      [layer.name, name] = [name, layer.name];
      return null;
    },
  };
}
