/** The stage: the views, the zoom, the picture that is painted, and what is said of its job. */

import { imageOf, jobFile } from "./api.js";
import { createCompare, swap } from "./compare.js";
import { icon, iconButton, make } from "./dom.js";
import { ENDED } from "./jobs.js";
import { words } from "./words.js";

const VIEWS = ["photo", "art", "both", "result"];
const CLOSER = 1.4;
const SHOWN = 1600; // px

/** @param {object} page {store, editors} */
export function createStage(page) {
  const { store, editors } = page;
  const panes = Object.fromEntries(
    ["photo", "art", "result"].map((name) => [name, document.getElementById(`pane-${name}`)]),
  );
  const compare = createCompare(panes.result);
  const empty = make("p.stage-empty", { id: "result-empty" });
  panes.result.append(empty);

  const buttons = VIEWS.map((view) =>
    make(
      "button",
      {
        id: `view-${view}`,
        on: {
          click: () =>
            store.set(({ side }) => ({ view, side: view === "photo" || view === "art" ? view : side })),
        },
      },
      icon(view),
      make("span", { text: words.view[view] }),
    ),
  );
  document.getElementById("views").append(...buttons);
  store.watch(
    ({ view, side }) => [view, side],
    (view, side) => {
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", VIEWS[index] === view));
      for (const [name, pane] of Object.entries(panes)) {
        pane.hidden = !(name === view || (view === "both" && name !== "result"));
        pane.classList.toggle("active", name === side && view === "both");
      }
    },
  );
  store.watch(
    ({ pictures }) => [pictures],
    (pictures) => {
      for (const side of ["photo", "art"]) panes[side].classList.toggle("filled", Boolean(pictures[side]));
    },
  );

  const seen = () => (store.state.view === "result" ? compare.view : editors[store.state.side]);
  const { zooming } = words;
  document
    .getElementById("zoom")
    .append(
      iconButton("minus", zooming.out, { id: "zoom-out", on: { click: () => seen().zoom(1 / CLOSER) } }),
      iconButton("fit", zooming.fit, { id: "zoom-fit", on: { click: () => seen().fit() } }),
      iconButton("plus", zooming.in, { id: "zoom-in", on: { click: () => seen().zoom(CLOSER) } }),
    );

  showResult(store, compare, empty);
  showInset(store);
  return { compare };
}

/** @returns {?string} the address of a job's picture, as far as it is painted */
export function pictureOf(job) {
  if (job?.state === "done") return jobFile(job.id, "picture.png");
  return job?.step > 0 && !ENDED.includes(job.state) ? jobFile(job.id, `sofar.jpg?step=${job.step}`) : null;
}

/** What a job is called beside another. */
export function nameOf(job) {
  if (job.preview) return words.compare.preview;
  return job.label || words.compare.result;
}

/** What stands where there is no picture yet, or will be none. */
function unpainted(job) {
  const { compare, job: said } = words;
  const known = { failed: compare.failed, cancelled: said.cancelled, running: said.starting };
  return known[job?.state] ?? said.waiting;
}

function showResult(store, compare, empty) {
  store.watch(
    ({ jobs, shown, against, pictures, preview, trouble }) => [
      jobs[shown],
      jobs[against],
      pictures,
      preview,
      trouble,
    ],
    (job, other, pictures, preview, trouble) => {
      const content = job?.content ?? pictures.photo;
      const here = Boolean(content && (job || (pictures.photo && pictures.art)));
      document.getElementById("compare").hidden = !here;
      empty.hidden = Boolean(job) && here;
      empty.textContent =
        trouble ?? (preview || (pictures.photo && pictures.art) ? words.compare.soon : words.compare.empty);
      if (!here) return;
      const photograph = { src: imageOf(content, SHOWN), label: words.compare.photograph };
      const before = other?.state === "done" ? { src: pictureOf(other), label: nameOf(other) } : photograph;
      const painted = pictureOf(job);
      const after = painted ? { src: painted, label: nameOf(job) } : { ...photograph, label: unpainted(job) };
      compare.show(before, after, job?.width ? job : content);
      document.getElementById("compare").classList.toggle("single", !painted);
    },
  );
}

/** The newest result in the corner, while masks are looked at. */
function showInset(store) {
  const inset = document.getElementById("inset");
  const image = make("img", { alt: "" });
  const busy = make("span.bar.busy");
  const name = make("span.inset-name");
  inset.append(image, busy, name);
  inset.setAttribute("aria-label", words.compare.inset);
  inset.addEventListener("click", () => store.set({ view: "result" }));
  store.watch(
    ({ view, shown, preview, jobs }) => [view, jobs[shown], jobs[preview]],
    (view, job, preview) => {
      const address = pictureOf(job);
      inset.hidden = view === "result" || (!address && !preview);
      busy.hidden = !preview;
      image.hidden = !address;
      name.textContent = address ? words.view.result : words.job.previewing;
      if (address) swap(image, job.state === "done" ? jobFile(job.id, "thumbnail.jpg") : address);
    },
  );
}
