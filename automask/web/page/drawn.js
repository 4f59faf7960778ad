/** Painted masks are kept by the server; jobs name them. */

import { request } from "./api.js";
import { SIDES, without } from "./state.js";
import { say, words } from "./words.js";

const QUIET = 300; // ms without a change, after which a mask is sent

/** Painted masks go to the server, the newest of each name. */
export function keepDrawn({ store, announce }, editors) {
  const waiting = new Map(); // "side name" -> {timer, send}
  const sending = new Set();
  const newest = new Map();

  const forget = (side, name) => {
    if (store.state.drawn[side][name]) store.setIn("drawn", side, without(store.state.drawn[side], name));
  };

  async function send(side, name) {
    const key = `${side} ${name}`;
    const turn = (newest.get(key) ?? 0) + 1;
    newest.set(key, turn);
    const editor = editors[side];
    const picture = store.state.pictures[side];
    const mask = editor.masks.find((each) => each.name === name);
    if (!mask?.edited) return forget(side, name);
    const empty = editor.mask(name).every((value) => value === 0);
    if (empty && !store.state.found[side]?.some((each) => each.name === name)) return forget(side, name);
    const body = await editor.png(name);
    const { id } = await request("POST", `pictures/${picture.id}/drawn`, { body });
    if (newest.get(key) !== turn || store.state.pictures[side] !== picture) return;
    store.setIn("drawn", side, { ...store.state.drawn[side], [name]: { id, empty } });
  }

  function begin(key, side, name) {
    clearTimeout(waiting.get(key)?.timer);
    waiting.delete(key);
    const sent = send(side, name).catch((error) =>
      announce(say(words.mask.saving, { name, error: error.message }), true),
    );
    sending.add(sent);
    sent.finally(() => sending.delete(sent));
  }

  for (const side of SIDES) {
    editors[side].addEventListener("change", ({ detail: { name } }) => {
      const key = `${side} ${name}`;
      clearTimeout(waiting.get(key)?.timer);
      const send = () => begin(key, side, name);
      waiting.set(key, { timer: setTimeout(send, QUIET), send });
      for (const other of Object.keys(store.state.drawn[side]))
        if (!editors[side].masks.some((mask) => mask.name === other)) forget(side, other);
    });
  }
  return {
    /** @returns {Promise<void>} when all that was painted is kept */
    async settle() {
      for (const { send } of [...waiting.values()]) send();
      await Promise.all(sending);
    },
  };
}
