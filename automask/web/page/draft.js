/** What the page shows is kept by the server, so that a reload and a restart find it. */

import { get, request } from "./api.js";
import { draft, EMPTY, restored, SIDES } from "./state.js";

const KEEP = 500; // ms without a change, after which the draft is kept
const AGAIN = 1000; // ms between attempts to reach the server

/** What was there before the page was loaded: pictures, masks, controls. @param {object} page */
export async function load({ store, tab, announce }) {
  const headers = { "X-Tab": tab };
  const [about, kept] = await Promise.all([
    until(() => get("about"), announce),
    until(() => get("draft", { headers }), announce),
  ]);
  const fields = restored(kept);
  const there = async (picture) => (picture ? get(`pictures/${picture.id}`).catch(() => null) : null);
  const [photo, art] = await Promise.all(SIDES.map((side) => there(fields.pictures?.[side])));
  const known = new Set((about?.controls ?? []).map(({ key }) => key));
  const values = Object.fromEntries(Object.entries(fields.values ?? {}).filter(([key]) => known.has(key)));
  store.set({ ...fields, about, values, pictures: { photo, art }, settled: Boolean(fields.shown) });
  keepDraft(store, headers);
  document.documentElement.dataset.ready = "yes";
}

/** Asks until the server answers. @returns {Promise<?any>} null if it refuses */
async function until(ask, announce) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error.status && error.status !== 503) {
        if (error.status !== 404) announce(error.message, true);
        return null;
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
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
    request("PUT", "draft", { json: JSON.parse(now), headers, keepalive }).catch(() => {
      last = null;
    });
  };
  const fields = (state) => Object.values(draft(state));
  store.watch(
    (state) => [...fields(state), state.gone],
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => send(false), KEEP);
    },
  );
  window.addEventListener("pagehide", () => send(true));
}

/** Another picture: what was painted on the former one goes; regions stay that the other one has. */
export function takePicture({ store, narrow }, side, picture) {
  const other = SIDES.find((each) => each !== side);
  store.set((state) => ({
    regions: state.regions.filter((name) => state.drawn[other][name]),
    pictures: { ...state.pictures, [side]: picture },
    found: { ...state.found, [side]: null },
    troubles: { ...state.troubles, [side]: null },
    drawn: { ...state.drawn, [side]: {} },
    used: null,
    solo: null,
    painting: null,
    shown: null,
    against: null,
    settled: false,
    trouble: null,
    preview: null,
    view: narrow() ? side : state.view === "result" ? "both" : state.view,
    side: narrow() || state.view === side ? side : "photo",
  }));
}

/** Pictures, masks and controls of a job that was painted. */
export function restore(store, fields, job) {
  const regions = (state) =>
    state.regions.filter((name) => SIDES.some((side) => fields.drawn?.[side]?.[name]));
  store.set((state) => ({
    ...fields,
    pictures: fields.pictures ?? (job ? { photo: job.content, art: job.style } : state.pictures),
    regions: regions(state),
    found: EMPTY.found,
    troubles: EMPTY.troubles,
    used: null,
    solo: null,
    painting: null,
    settled: true,
    preview: null,
    revision: state.revision + 1,
  }));
}
