/** The page: its parts, and what binds them. */

import { get, request } from "./api.js";
import { createControls } from "./controls.js";
import { icon, make } from "./dom.js";
import { createEditors } from "./editors.js";
import { createExports } from "./exports.js";
import { createHistory } from "./history.js";
import { createJobBar } from "./jobbar.js";
import { createJobs } from "./jobs.js";
import { createMasks } from "./masks.js";
import { createSources } from "./sources.js";
import { createStage } from "./stage.js";
import { draft, EMPTY, restored, SIDES, Store } from "./state.js";
import { tabName } from "./tab.js";
import { createTips } from "./tip.js";
import { createTools } from "./tools.js";
import { createVariants } from "./variants.js";
import { fillWords, say, words } from "./words.js";
import { ready } from "./wish.js";

const KEEP = 500; // ms without a change, after which the draft is kept
const NARROW = window.matchMedia("(max-width: 899px)");
const SECTIONS = { pictures: "photo", masks: "layers", painting: "sliders", history: "history" };

start();

async function start() {
  fillWords(document);
  const tab = await tabName();
  const store = new Store(EMPTY);
  const page = { store, tab, announce, narrow: () => NARROW.matches };
  page.take = (side, picture) => takePicture(store, side, picture);
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
  await load(store, tab);
}

/** What was there before the page was loaded: pictures, masks, controls. */
async function load(store, tab) {
  const headers = { "X-Tab": tab };
  const [about, kept] = await Promise.all([until(() => get("about")), get("draft", { headers }).catch(() => null)]);
  const fields = restored(kept);
  const there = async (picture) => (picture ? get(`pictures/${picture.id}`).catch(() => null) : null);
  const [photo, art] = await Promise.all(SIDES.map((side) => there(fields.pictures?.[side])));
  const known = new Set(about.controls.map(({ key }) => key));
  const values = Object.fromEntries(Object.entries(fields.values ?? {}).filter(([key]) => known.has(key)));
  store.set({ ...fields, about, values, pictures: { photo, art }, settled: Boolean(fields.shown) });
  keepDraft(store, headers);
  document.documentElement.dataset.ready = "yes";
}

/** Asks until the server answers. */
async function until(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error.status) announce(error.message, true);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function keepDraft(store, headers) {
  let timer = 0;
  let last = JSON.stringify(draft(store.state));
  const send = (keepalive) => {
    clearTimeout(timer);
    const now = JSON.stringify(draft(store.state));
    if (now === last) return;
    last = now;
    request("PUT", "draft", { json: JSON.parse(now), headers, keepalive }).catch(() => { last = null; });
  };
  const fields = (state) => Object.values(draft(state));
  store.watch((state) => [...fields(state), state.gone], () => {
    clearTimeout(timer);
    timer = setTimeout(() => send(false), KEEP);
  });
  window.addEventListener("pagehide", () => send(true));
}

function takePicture(store, side, picture) {
  store.set((state) => ({
    pictures: { ...state.pictures, [side]: picture },
    found: { ...state.found, [side]: null },
    troubles: { ...state.troubles, [side]: null },
    drawn: { ...state.drawn, [side]: {} },
    used: null, solo: null, painting: null, shown: null, against: null, settled: false, trouble: null,
    view: NARROW.matches ? side : state.view === "result" ? "both" : state.view,
    side: NARROW.matches || state.view === side ? side : "photo",
  }));
}

/** Pictures, masks and controls of a job that was painted. */
function restore(store, fields, job) {
  const regions = (state) => state.regions.filter((name) => SIDES.some((side) => fields.drawn?.[side]?.[name]));
  store.set((state) => ({
    ...fields,
    pictures: fields.pictures ?? (job ? { photo: job.content, art: job.style } : state.pictures),
    regions: regions(state),
    found: EMPTY.found, troubles: EMPTY.troubles, used: null, solo: null, painting: null, settled: true,
    revision: state.revision + 1,
  }));
}

function createPaint({ store, jobs, openVariants }) {
  const paint = make("button.primary.large", { id: "paint-button", on: { click: () => jobs.paint() } }, make("span", { text: words.paint.button }), make("kbd", { text: words.paint.key }));
  const variants = make("button", { id: "variants-open", on: { click: () => openVariants() } }, icon("variants"), make("span", { text: words.paint.variants }));
  const why = make("p.note", { id: "paint-note" });
  document.getElementById("paint").append(why, variants, paint);
  store.watch((state) => [ready(state), state.pictures, state.busy], (there, pictures, busy) => {
    const both = pictures.photo && pictures.art;
    paint.disabled = !there || busy;
    variants.disabled = !there;
    why.hidden = there;
    why.textContent = both ? words.paint.waiting : words.paint.needs;
  });
}

/** On a narrow screen one section is seen at a time. */
function createSections(store) {
  const { body } = document;
  const buttons = Object.entries(SECTIONS).map(([name, picture]) => make("button", { id: `section-${name}`, on: { click: () => choose(name) } }, icon(picture), make("span", { text: words.section[name] })));
  const choose = (name) => {
    body.dataset.section = name;
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", Object.keys(SECTIONS)[index] === name));
  };
  document.getElementById("sections").append(...buttons);
  choose("pictures");
  store.watch(({ painting }) => [painting], (painting) => painting && choose("masks"));
}

function showServer(store) {
  const place = document.getElementById("server");
  store.watch(({ gone }) => [gone], (gone) => {
    place.hidden = !gone;
    place.textContent = gone ? words.server.gone : "";
  });
}

function listenToKeys({ store, jobs }) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      jobs.paint();
    } else if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest("input, [popover]")) {
      const { solo } = store.state;
      store.set(solo ? { solo: null } : { painting: null });
    }
  });
}

function tellEnd(job) {
  const name = say(words.job.pair, { content: job.content.name, style: job.style.name });
  if (job.state === "done" && !job.preview && !job.group) announce(say(words.job.announceDone, { name }));
  if (job.state === "failed") announce(say(words.job.failed, { error: job.error ?? words.job.unknown }), true);
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
