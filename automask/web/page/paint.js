/** The buttons that paint. */

import { icon, make } from "./dom.js";
import { ready } from "./wish.js";
import { words } from "./words.js";

/** @param {object} page {store, jobs, openVariants} */
export function createPaint({ store, jobs, openVariants }) {
  const paint = make(
    "button.primary.large",
    { id: "paint-button", on: { click: () => jobs.paint() } },
    make("span", { text: words.paint.button }),
    make("kbd", { text: words.paint.key }),
  );
  const variants = make(
    "button",
    { id: "variants-open", on: { click: () => openVariants() } },
    icon("variants"),
    make("span", { text: words.paint.variants }),
  );
  const why = make("p.note", { id: "paint-note" });
  document.getElementById("paint").append(why, variants, paint);
  store.watch(
    (state) => [ready(state), state.pictures, state.busy],
    (there, pictures, busy) => {
      const both = pictures.photo && pictures.art;
      paint.disabled = !there || busy;
      variants.disabled = !there;
      why.hidden = there;
      why.textContent = both ? words.paint.waiting : words.paint.needs;
    },
  );
}
