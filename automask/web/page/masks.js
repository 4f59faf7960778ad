/** The list of masks: one row a name, for both pictures. */

import { get } from "./api.js";
import { iconButton, keep, make, put, relabel } from "./dom.js";
import { colorOf } from "./editors.js";
import { SIDES, toggled, without } from "./state.js";
import { maskRows, NAME, ready } from "./wish.js";
import { say, sureness, sureWords, words } from "./words.js";

/** @param {object} page {store, announce, editors} */
export function createMasks(page) {
  const { store } = page;
  const list = make("ul.mask-list", { id: "mask-list" });
  const note = make("p.note", { id: "mask-note", role: "status" });
  const trouble = make("p.trouble", { id: "mask-trouble", hidden: true });
  const all = make("button.quiet.compact", { id: "mask-all", text: words.mask.allShown, hidden: true, on: { click: () => store.set({ solo: null, hidden: [] }) } });
  const add = make("button.quiet.compact", { id: "mask-add", text: words.mask.add });
  const form = regionForm(page, add);
  document.getElementById("masks").append(
    make("div.head", {}, make("h2", { text: words.masksTitle }), make("span.grow"), all, add), form, trouble, note, list,
  );

  const chosen = ({ found, drawn, regions, weights, off, hidden, solo, painting, used, pictures, side }) => (
    [found, drawn, regions, weights, off, hidden, solo, painting, used, pictures, side]);
  store.watch(chosen, () => {
    const { state } = store;
    keep(list, maskRows(state), (row) => row.name, (row) => createRow(page, row.name), (element, row) => element.tell(row, state));
    all.hidden = !state.solo && !state.hidden.length;
    add.disabled = !SIDES.some((side) => state.found[side] || state.troubles[side]);
  });
  store.watch(({ pictures, found, troubles }) => [pictures, found, troubles], (pictures, found, troubles) => {
    const failed = SIDES.find((side) => pictures[side] && troubles[side]);
    trouble.hidden = !failed;
    trouble.textContent = failed ? say(words.mask.failed, { error: troubles[failed] }) : "";
    const searching = SIDES.some((side) => pictures[side] && !found[side] && !troubles[side]);
    note.textContent = searching ? words.mask.searching : pictures.photo || pictures.art ? "" : words.mask.empty;
    note.hidden = !note.textContent;
    note.classList.toggle("searching", searching);
  });
  askForUsed(store);
}

/** Which masks a run would use, as soon as both pictures' are found. */
function askForUsed(store) {
  store.watch((state) => [ready(state), state.pictures.photo?.id, state.pictures.art?.id], async (there, content, style) => {
    if (!there || SIDES.some((side) => store.state.troubles[side])) return;
    const pairs = await get(`pairs?content=${content}&style=${style}`).catch(() => null); // only a hint
    const { pictures } = store.state;
    if (pairs && pictures.photo?.id === content && pictures.art?.id === style) store.set({ used: pairs.used.map(({ name }) => name) });
  });
}

function createRow(page, name) {
  const { store, editors } = page;
  const act = (field, there) => store.set((state) => ({ [field]: toggled(state[field], name, there) }));
  const id = `mask-${name.replaceAll(" ", "_")}`;
  const test = (part) => ({ "data-testid": `${id}-${part}` });
  const thumbs = make("span.mask-thumb");
  const title = make("span.mask-name", { text: name });
  const badges = make("span.badges");
  const alone = make("button.mask-title", { ...test("alone"), "aria-label": say(words.mask.alone, { name }), on: { click: () => store.set(({ solo, view, side }) => ({ solo: solo === name ? null : name, view: view === "result" ? (page.narrow() ? side : "both") : view })) } }, thumbs, title, badges);
  const eye = iconButton("eye", "", { ...test("eye"), on: { click: () => act("hidden", !store.state.hidden.includes(name)) } });
  const pencil = iconButton("pencil", say(words.mask.paint, { name }), { ...test("paint"), on: { click: () => startPainting(page, name) } });
  const use = make("input.switch", { type: "checkbox", role: "switch", ...test("use"), "aria-label": say(words.mask.use, { name }), title: say(words.mask.use, { name }), on: { change: () => act("off", !use.checked) } });
  const meter = make("span.bar.mask-bar", { "aria-hidden": "true" });
  const sure = make("span.note.mask-sure");
  const weight = make("input", { type: "range", min: 0, max: 1, step: 0.05, ...test("weight"), "aria-label": say(words.mask.weight, { name }), title: say(words.mask.weight, { name }), on: { input: () => store.set(({ weights }) => ({ weights: weight.valueAsNumber === 1 ? without(weights, name) : { ...weights, [name]: weight.valueAsNumber } })) } });
  const amount = make("output.note.mask-amount");
  const reset = iconButton("reset", say(words.mask.reset, { name }), { ...test("reset"), on: { click: () => (row.own ? editors.removeRegion(name) : editors.reset(name)) } });
  const missing = make("button.mask-missing.badge.strong", { ...test("missing"), on: { click: () => editors.paint(name, missing.dataset.side) } });
  const row = make("li.mask", { id, "data-testid": id },
    make("div.mask-line", {}, alone, reset, pencil, eye, use), make("div.mask-line.second", {}, meter, sure, missing, weight, amount));

  row.tell = (mask, state) => {
    row.style.setProperty("--mask", colorOf(state, name));
    row.classList.toggle("solo", state.solo === name);
    row.classList.toggle("painting", state.painting === name);
    row.classList.toggle("off", !mask.on || !mask.counted);
    row.style.setProperty("--level", mask.own ? 0 : mask.level);
    alone.setAttribute("aria-pressed", state.solo === name);
    pencil.setAttribute("aria-pressed", state.painting === name);
    relabel(eye, mask.shown ? "eye" : "eye-off", say(mask.shown ? words.mask.hide : words.mask.show, { name }));
    eye.setAttribute("aria-pressed", !mask.shown);
    use.checked = mask.on;
    relabel(reset, mask.own ? "trash" : "reset", say(mask.own ? words.mask.remove : words.mask.reset, { name }));
    row.own = mask.own;
    reset.hidden = !mask.own && !mask.edited;
    put(weight, "value", mask.weight);
    weight.disabled = !mask.on;
    weight.style.setProperty("--share", `${100 * mask.weight}%`);
    amount.textContent = say(words.tool.percent, { value: Math.round(100 * mask.weight) });
    meter.hidden = mask.sure === null;
    meter.style.setProperty("--done", mask.sure ?? 1);
    sure.textContent = mask.sure === null ? words.mask.drawn : sureWords(mask.sure);
    sure.title = mask.sure === null ? "" : sureness(mask.sure);
    missing.hidden = !mask.own || !mask.missing.length;
    sure.hidden = !missing.hidden;
    if (!missing.hidden) {
      missing.dataset.side = mask.missing[0];
      missing.textContent = words.mask.missing[mask.missing[0]];
    }
    showThumb(thumbs, mask, state);
    showBadges(badges, mask);
  };
  return row;
}

function showThumb(place, { sides }, { side }) {
  const found = sides[side] ?? sides.photo ?? sides.art;
  if (place.dataset.shown === (found?.thumbnail ?? "none")) return;
  place.dataset.shown = found?.thumbnail ?? "none";
  place.replaceChildren(...(found ? [make("img", { src: found.thumbnail, alt: "", loading: "lazy" })] : []));
}

function showBadges(place, { edited, own, only, counted, on }) {
  const { mask } = words;
  const told = own ? [[mask.own, false]] : [...(edited ? [[mask.edited, true]] : []), ...(only ? [[mask.only[only], false]] : !counted && on ? [[mask.unused, false, mask.unused_because]] : [])];
  place.replaceChildren(...told.map(([text, strong, title]) => make(`span.badge${strong ? ".strong" : ""}`, { text, title: title ?? null })));
}

/** On the picture that is looked at, or where the mask is. Once more: no longer. */
function startPainting({ store, editors }, name) {
  const { painting, view, side, pictures } = store.state;
  if (painting === name) return store.set({ painting: null });
  const { sides } = maskRows(store.state).find((row) => row.name === name);
  const seen = view === "photo" || view === "art" ? view : side;
  const at = sides[seen] || (!sides.photo && !sides.art) ? seen : sides.photo ? "photo" : "art";
  editors.paint(name, pictures[at] ? at : pictures.photo ? "photo" : "art");
}

function regionForm({ store, editors }, opener) {
  const input = make("input", { id: "region-name", maxlength: 40, autocomplete: "off", spellcheck: "false", "aria-label": words.mask.name, placeholder: words.mask.example });
  const trouble = make("p.trouble", { hidden: true, id: "region-trouble", role: "alert" });
  const close = () => { form.hidden = true; input.value = ""; trouble.hidden = true; opener.focus(); };
  const form = make("form.region", { hidden: true, id: "region-form" }, input,
    make("button.primary", { id: "region-add", type: "submit", text: words.mask.adding }),
    iconButton("close", words.mask.cancel, { id: "region-cancel", on: { click: close } }), trouble);
  opener.addEventListener("click", () => { form.hidden = false; input.focus(); });
  form.addEventListener("keydown", (event) => event.key === "Escape" && close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    const taken = maskRows(store.state).some((row) => row.name === name);
    trouble.hidden = NAME.test(name) && !taken;
    trouble.textContent = taken ? words.mask.taken : words.mask.badName;
    if (!trouble.hidden) return input.focus();
    close();
    editors.addRegion(name);
  });
  return form;
}
