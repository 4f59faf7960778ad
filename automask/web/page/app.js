/** The page: its parts, and what binds them. */

import { createControls } from "./controls.js";
import { icon, make } from "./dom.js";
import { load, restore, takePicture } from "./draft.js";
import { createEditors } from "./editors.js";
import { createExports } from "./exports.js";
import { createHistory } from "./history.js";
import { createJobBar } from "./jobbar.js";
import { createJobs } from "./jobs.js";
import { createMasks } from "./masks.js";
import { createPaint } from "./paint.js";
import { createSources } from "./sources.js";
import { createStage } from "./stage.js";
import { Store } from "./state.js";
import { tabName } from "./tab.js";
import { createTips } from "./tip.js";
import { createTools } from "./tools.js";
import { createVariants } from "./variants.js";
import { fillWords, say, words } from "./words.js";

const NARROW = window.matchMedia("(max-width: 899px)");
const SECTIONS = { pictures: "photo", masks: "layers", painting: "sliders", history: "history" };

start();

async function start() {
  fillWords(document);
  const tab = await tabName();
  const store = new Store();
  const page = { store, tab, announce, narrow: () => NARROW.matches };
  page.take = (side, picture) => takePicture(page, side, picture);
  page.restore = (fields, job = null) => restore(store, fields, job);
  page.told = (job) => tellEnd(job);
  page.hint = createTips();
  page.editors = createEditors(page);
  page.jobs = createJobs(page);
  page.exports = createExports(page);
  page.openVariants = (group) => openVariants(group);
  createSources(page);
  createMasks(page);
  createTools(page);
  createControls(page);
  createStage(page);
  page.history = createHistory(page);
  createJobBar(page);
  const openVariants = createVariants(page);
  createPaint(page);
  createSections(store);
  showServer(store);
  listenToKeys(page);
  await load(page);
}

/** On a narrow screen one section is seen at a time. */
function createSections(store) {
  const { body } = document;
  const buttons = Object.entries(SECTIONS).map(([name, picture]) =>
    make(
      "button",
      { id: `section-${name}`, on: { click: () => choose(name) } },
      icon(picture),
      make("span", { text: words.section[name] }),
    ),
  );
  const choose = (name) => {
    body.dataset.section = name;
    buttons.forEach((button, index) =>
      button.setAttribute("aria-pressed", Object.keys(SECTIONS)[index] === name),
    );
  };
  document.getElementById("sections").append(...buttons);
  choose("pictures");
  store.watch(
    ({ painting }) => [painting],
    (painting) => painting && choose("masks"),
  );
}

function showServer(store) {
  const place = document.getElementById("server");
  store.watch(
    ({ gone }) => [gone],
    (gone) => {
      place.hidden = !gone;
      place.textContent = gone ? words.server.gone : "";
    },
  );
}

function listenToKeys({ store, jobs }) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      jobs.paint();
    } else if (
      event.key === "Escape" &&
      !event.defaultPrevented &&
      !event.target.closest("input, [popover]")
    ) {
      const { solo } = store.state;
      store.set(solo ? { solo: null } : { painting: null });
    }
  });
}

function tellEnd(job) {
  const name = say(words.job.pair, { content: job.content.name, style: job.style.name });
  if (job.state === "done" && !job.preview && !job.group) announce(say(words.job.announceDone, { name }));
  if (job.state === "failed")
    announce(say(words.job.failed, { error: job.error ?? words.job.unknown }), true);
}

/** For a screen reader; with `seen` for everybody, for a while. */
function announce(text, seen = false) {
  const live = document.getElementById("live");
  live.textContent = text === live.textContent ? `${text}\u00a0` : text;
  if (!seen) return;
  const toast = make("p.toast", { text, "data-testid": "toast" });
  document.querySelector(".toast")?.remove();
  document.body.append(toast);
  setTimeout(() => toast.remove(), 6000);
}
