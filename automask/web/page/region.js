/** The form that begins a region of one's own. */

import { iconButton, make } from "./dom.js";
import { maskRows, NAME } from "./wish.js";
import { words } from "./words.js";

/** @param {object} page {store, editors} @param {HTMLElement} opener the button that shows the form */
export function createRegionForm({ store, editors }, opener) {
  const input = make("input", {
    id: "region-name",
    maxlength: 40,
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": words.mask.name,
    placeholder: words.mask.example,
  });
  const trouble = make("p.trouble", { hidden: true, id: "region-trouble", role: "alert" });
  const close = () => {
    form.hidden = true;
    input.value = "";
    trouble.hidden = true;
    opener.focus();
  };
  const form = make(
    "form.region",
    { hidden: true, id: "region-form" },
    input,
    make("button.primary", { id: "region-add", type: "submit", text: words.mask.adding }),
    iconButton("close", words.mask.cancel, { id: "region-cancel", on: { click: close } }),
    trouble,
  );
  opener.addEventListener("click", () => {
    form.hidden = false;
    input.focus();
  });
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
