/** A row of the list of masks: how sure it is, whether it is shown, whether and how much it counts. */

import { iconButton, make, put, relabel } from "./dom.js";
import { colorOf } from "./editors.js";
import { toggled, without } from "./state.js";
import { editable, maskRows } from "./wish.js";
import { say, sureness, sureWords, words } from "./words.js";

/**
 * @param {object} page {store, editors, narrow}
 * @param {string} name of the mask
 * @returns {HTMLElement} its `tell(row, state)` shows a row of wish.js
 */
export function createRow(page, name) {
  const { store, editors } = page;
  const id = `mask-${name.replaceAll(" ", "_")}`;
  const part = (which, label, on) => ({
    "data-testid": `${id}-${which}`,
    "aria-label": say(label, { name }),
    title: say(label, { name }),
    on,
  });
  const button = (which, picture, label, click) => iconButton(picture, "", part(which, label, { click }));
  const toggle = (field, there) => store.set((state) => ({ [field]: toggled(state[field], name, there) }));

  const parts = {
    thumb: make("span.mask-thumb"),
    hand: make("span.badge.strong", { text: words.mask.edited }),
    reset: button("reset", "reset", words.mask.reset, () =>
      row.own ? editors.removeRegion(name) : editors.reset(name),
    ),
    pencil: button("paint", "pencil", words.mask.paint, () => startPainting(page, name)),
    eye: button("eye", "eye", words.mask.hide, () => toggle("hidden", !store.state.hidden.includes(name))),
    use: make("input.switch", {
      type: "checkbox",
      role: "switch",
      ...part("use", words.mask.use, { change: () => toggle("off", !parts.use.checked) }),
    }),
    meter: make("span.bar.mask-bar", { "aria-hidden": "true" }),
    sure: make("span.note.mask-sure"),
    badge: make("span.badge"),
    missing: make("button.mask-missing.badge.strong", {
      "data-testid": `${id}-missing`,
      on: { click: () => editors.paint(name, parts.missing.dataset.side) },
    }),
    weight: make("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.05,
      ...part("weight", words.mask.weight, { input: () => weigh(store, name, parts.weight.valueAsNumber) }),
    }),
    amount: make("output.note.mask-amount"),
  };
  const { thumb, hand, reset, pencil, eye, use, meter, sure, badge, missing, weight, amount } = parts;
  const title = make("span.mask-name", { text: name });
  parts.alone = make(
    "button.mask-title",
    part("alone", words.mask.alone, { click: () => showAlone(page, name) }),
    thumb,
    title,
    hand,
  );
  const row = make(
    "li.mask",
    { id, "data-testid": id },
    make("div.mask-line", {}, parts.alone, reset, pencil, eye, use),
    make("div.mask-line.second", {}, meter, sure, badge, missing, weight, amount),
  );
  row.tell = (mask, state) => {
    row.own = mask.own;
    tellRow(row, parts, mask, state);
    tellSureness(parts, mask);
  };
  return row;
}

function tellRow(row, { thumb, hand, alone, reset, pencil, eye, use, weight, amount }, mask, state) {
  const { name, own } = mask;
  const label = (text) => say(text, { name });
  row.style.setProperty("--mask", colorOf(state, name));
  row.style.setProperty("--level", own ? 0 : mask.level);
  row.classList.toggle("solo", state.solo === name);
  row.classList.toggle("painting", state.painting === name);
  row.classList.toggle("off", !mask.on || !mask.counted);
  alone.setAttribute("aria-pressed", state.solo === name);
  pencil.disabled = reset.disabled = !editable(state);
  pencil.setAttribute("aria-pressed", state.painting === name);
  relabel(eye, mask.shown ? "eye" : "eye-off", label(mask.shown ? words.mask.hide : words.mask.show));
  eye.classList.toggle("struck", !mask.shown);
  relabel(reset, own ? "trash" : "reset", label(own ? words.mask.remove : words.mask.reset));
  reset.hidden = !own && !mask.edited;
  hand.hidden = !mask.edited || own;
  use.checked = mask.on;
  put(weight, "value", mask.weight);
  weight.disabled = !mask.on;
  weight.style.setProperty("--share", `${100 * mask.weight}%`);
  amount.textContent = say(words.tool.percent, { value: Math.round(100 * mask.weight) });
  showThumb(thumb, mask, state);
}

/** The second line: how sure, what only one picture has, what is still to paint. */
function tellSureness({ meter, sure, badge, missing, weight, amount }, mask) {
  const { own, only, counted, on } = mask;
  const still = own ? mask.missing[0] : null;
  missing.hidden = !still;
  if (still) missing.dataset.side = still;
  missing.textContent = still ? words.mask.missing[still] : "";
  weight.hidden = amount.hidden = Boolean(still);

  badge.hidden = own || !(only || (!counted && on));
  badge.textContent = only ? words.mask.only[only] : words.mask.unused;
  badge.title = only ? "" : words.mask.whyUnused;

  const found = mask.sure !== null;
  sure.hidden = Boolean(still) || !badge.hidden;
  sure.textContent = found ? sureWords(mask.sure) : own ? words.mask.own : words.mask.drawn;
  sure.title = found ? sureness(mask.sure) : "";
  meter.hidden = !found || !badge.hidden;
  meter.style.setProperty("--done", mask.sure ?? 0);
}

function showThumb(place, { sides }, { side }) {
  const address = (sides[side] ?? sides.photo ?? sides.art)?.thumbnail ?? "";
  if (place.dataset.shown === address) return;
  place.dataset.shown = address;
  place.replaceChildren(...(address ? [make("img", { src: address, alt: "", loading: "lazy" })] : []));
}

function weigh(store, name, weight) {
  store.set(({ weights }) => ({
    weights: weight === 1 ? without(weights, name) : { ...weights, [name]: weight },
  }));
}

/** Alone over the pictures; once more: all again. */
function showAlone({ store, narrow }, name) {
  store.set(({ solo, view, side }) => ({
    solo: solo === name ? null : name,
    view: view !== "result" ? view : narrow() ? side : "both",
  }));
}

/** On the picture that is looked at, or where the mask is. Once more: no longer. */
function startPainting({ store, editors }, name) {
  const { painting, view, side, pictures } = store.state;
  if (painting === name) {
    store.set({ painting: null });
    return;
  }
  const { sides } = maskRows(store.state).find((row) => row.name === name);
  const seen = view === "photo" || view === "art" ? view : side;
  const at = sides[seen] || (!sides.photo && !sides.art) ? seen : sides.photo ? "photo" : "art";
  editors.paint(name, pictures[at] ? at : pictures.photo ? "photo" : "art");
}
