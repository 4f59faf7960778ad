/** The two mask editors: filled with what was found, and what is painted is kept. */

import { drawnOf, get, imageOf } from "./api.js";
import { loadImage } from "./dom.js";
import { keepDrawn } from "./drawn.js";
import { maskColor } from "./editor/colors.js";
import { createEditor } from "./editor/editor.js";
import { SIDES } from "./state.js";
import { say, words } from "./words.js";

const SHOWN = 1600; // px of the rendition that is shown

/** @param {object} page {store, announce} */
export function createEditors(page) {
  const { store, announce } = page;
  const editors = {};
  for (const side of SIDES) {
    const pane = document.getElementById(`pane-${side}`);
    editors[side] = createEditor(pane.querySelector(".canvas"));
    const act = () => store.state.side === side || store.set({ side });
    pane.addEventListener("focusin", act);
    pane.addEventListener("pointerdown", act);
    load(page, side, editors[side]);
    showMasks(page, side, editors[side]);
  }
  const keeping = keepDrawn(page, editors);
  return {
    ...editors,
    settle: keeping.settle,
    /** The mask can be painted there, also where none was found. */
    paint(name, side) {
      const editor = editors[side];
      if (!has(editor, name)) editor.addRegion(name, colorOf(store.state, name));
      store.set((state) => ({
        painting: name,
        side,
        solo: null,
        view: state.view === "both" && !page.narrow() ? "both" : side,
      }));
      editor.focus();
    },
    addRegion(name) {
      store.set(({ regions }) => ({ regions: [...regions, name], painting: name, solo: null }));
      const sides = SIDES.filter((side) => store.state.pictures[side]);
      for (const side of sides)
        if (!has(editors[side], name)) editors[side].addRegion(name, colorOf(store.state, name));
      store.set(({ side }) => ({ view: sides.length === 2 && !page.narrow() ? "both" : side }));
      announce(say(words.mask.both, { name }));
    },
    removeRegion(name) {
      for (const side of SIDES) if (has(editors[side], name)) editors[side].remove(name);
      store.set(({ regions, painting }) => ({
        regions: regions.filter((each) => each !== name),
        painting: painting === name ? null : painting,
      }));
    },
    async reset(name) {
      const resets = SIDES.map(async (side) => {
        const mask = store.state.found[side]?.find((each) => each.name === name);
        if (mask && has(editors[side], name)) await editors[side].reset(name, mask.url);
        else if (has(editors[side], name)) editors[side].remove(name);
      });
      await Promise.all(resets).catch((error) => announce(error.message));
    },
  };
}

/** @returns {string} the colour of a mask, in the overlays and the list */
export function colorOf({ regions }, name) {
  return maskColor(name, Math.max(regions.indexOf(name), 0));
}

const has = (editor, name) => editor.masks.some((mask) => mask.name === name);

/** A picture that comes is shown, and its masks are asked for. */
function load({ store, announce }, side, editor) {
  let turn = 0;
  store.watch(
    ({ pictures, revision }) => [pictures[side], revision],
    async (picture) => {
      const mine = ++turn;
      store.setIn("editable", side, false);
      if (!picture) return;
      const path = `pictures/${picture.id}/masks?art=${side === "art"}`;
      const asked = get(path).then(
        (masks) => ({ masks }),
        (error) => ({ error }),
      );
      try {
        const image = await loadImage(imageOf(picture, SHOWN));
        if (mine !== turn) return;
        editor.show({ image, width: picture.width, height: picture.height });
        const { masks, error } = await asked;
        if (mine !== turn) return;
        if (error) throw error;
        store.setIn("found", side, masks);
        announce(say(words.mask.found[side], { count: masks.length }));
        await put(store, side, editor, masks, picture);
        if (mine === turn) store.setIn("editable", side, true);
      } catch (error) {
        if (mine !== turn) return;
        store.setIn("troubles", side, error.message);
        store.setIn("editable", side, true);
      }
    },
  );
}

/** All masks of a picture: found, painted in their place, and one's own. */
async function put(store, side, editor, found, { width, height }) {
  const list = () => {
    const { drawn, regions } = store.state;
    const others = [...new Set([...regions, ...Object.keys(drawn[side])])].filter(
      (name) => !found.some((mask) => mask.name === name),
    );
    const known = found.map(({ name, url }) => ({ name, alpha: url }));
    const own = others.map((name) => ({ name, alpha: new Uint8Array(width * height) }));
    return [...known, ...own].map(({ name, alpha }) => {
      const mask = drawn[side][name];
      return {
        name,
        color: colorOf(store.state, name),
        alpha: mask?.id ? drawnOf(mask.id) : alpha,
        edited: Boolean(mask),
      };
    });
  };
  try {
    await editor.setMasks(list());
  } catch (error) {
    if (!Object.keys(store.state.drawn[side]).length) throw error;
    store.setIn("drawn", side, {}); // a painted mask is gone: the automatic ones again
    await editor.setMasks(list());
  }
}

/** What the list says of overlays holds for the editor. */
function showMasks({ store }, side, editor) {
  let applying = false;
  const apply = () => {
    const { hidden, solo, painting } = store.state;
    const there = (name) => (name && has(editor, name) ? name : null);
    applying = true;
    for (const { name, visible } of editor.masks) {
      const shown = solo ? name === solo : !hidden.includes(name);
      if (visible !== shown) editor.setVisible(name, shown);
    }
    editor.solo(there(solo));
    editor.select(there(painting));
    applying = false;
  };
  store.watch(({ hidden, solo, painting }) => [hidden, solo, painting], apply);
  editor.addEventListener("masks", apply);
  editor.addEventListener("change", ({ detail }) => ["add", "undo", "redo"].includes(detail.kind) && apply());
  editor.addEventListener("solo", ({ detail }) => applying || store.set({ solo: detail.name }));
}
