/** The list of masks: one row a name, for both pictures. */

import { get } from "./api.js";
import { keep, make } from "./dom.js";
import { createRow } from "./maskrow.js";
import { createRegionForm } from "./region.js";
import { SIDES } from "./state.js";
import { editable, maskRows, ready } from "./wish.js";
import { say, words } from "./words.js";

/** @param {object} page {store, announce, editors} */
export function createMasks(page) {
  const { store } = page;
  const list = make("ul.mask-list", { id: "mask-list" });
  const note = make("p.note", { id: "mask-note", role: "status" });
  const trouble = make("p.trouble", { id: "mask-trouble", hidden: true });
  const all = make("button.quiet.compact", {
    id: "mask-all",
    text: words.mask.allShown,
    hidden: true,
    on: { click: () => store.set({ solo: null, hidden: [] }) },
  });
  const add = make("button.quiet.compact", { id: "mask-add", text: words.mask.add });
  const form = createRegionForm(page, add);
  document
    .getElementById("masks")
    .append(
      make("div.head", {}, make("h2", { text: words.masksTitle }), make("span.grow"), all, add),
      form,
      trouble,
      note,
      list,
    );

  const fields = [
    "found",
    "drawn",
    "regions",
    "weights",
    "off",
    "hidden",
    "solo",
    "painting",
    "used",
    "pictures",
    "editable",
    "side",
  ];
  const chosen = (state) => fields.map((field) => state[field]);
  store.watch(chosen, () => {
    const { state } = store;
    keep(
      list,
      maskRows(state),
      (row) => row.name,
      (row) => createRow(page, row.name),
      (element, row) => element.tell(row, state),
    );
    all.hidden = !state.solo && !state.hidden.length;
    add.disabled = !editable(state);
  });
  store.watch(
    ({ pictures, found, troubles }) => [pictures, found, troubles],
    (pictures, found, troubles) => {
      const failed = SIDES.find((side) => pictures[side] && troubles[side]);
      trouble.hidden = !failed;
      trouble.textContent = failed ? say(words.mask.failed, { error: troubles[failed] }) : "";
      const searching = SIDES.some((side) => pictures[side] && !found[side] && !troubles[side]);
      const without = pictures.photo || pictures.art ? "" : words.mask.empty;
      note.textContent = searching ? words.mask.searching : without;
      note.hidden = !note.textContent;
      note.classList.toggle("searching", searching);
    },
  );
  askForUsed(store);
}

/** Which masks a run would use, as soon as both pictures' are found. */
function askForUsed(store) {
  store.watch(
    (state) => [ready(state), state.pictures.photo?.id, state.pictures.art?.id],
    async (there, content, style) => {
      if (!there || SIDES.some((side) => store.state.troubles[side])) return;
      const pairs = await get(`pairs?content=${content}&style=${style}`).catch(() => null); // only a hint
      const { pictures } = store.state;
      if (pairs && pictures.photo?.id === content && pictures.art?.id === style)
        store.set({ used: pairs.used.map(({ name }) => name) });
    },
  );
}
