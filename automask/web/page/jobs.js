/** Jobs: asked for, followed by the server's events, paused and cancelled; previews by themselves. */

import { get, post, request } from "./api.js";
import { without } from "./state.js";
import { jobWish, ready } from "./wish.js";
import { say, words } from "./words.js";

const QUIET = 250; // ms without a change, after which a preview is asked for
const AGAIN = 2000; // ms between attempts to reach a server that is gone
export const ENDED = ["done", "failed", "cancelled"];

/** @param {object} page {store, announce, editors, tab, told} */
export function createJobs(page) {
  const { store, announce, editors } = page;
  follow(page);
  previews(page);

  const act = async (verb, id) => {
    try {
      const job = await post(`jobs/${id}/${verb}`);
      store.setIn("jobs", job.id, job);
    } catch (error) {
      announce(error.message, true);
    }
  };
  return {
    pause: (id) => act("pause", id),
    resume: (id) => act("resume", id),
    cancel: (id) => act("cancel", id),
    async remove(id) {
      await request("DELETE", `jobs/${id}`).catch(
        (error) => error.status === 404 || announce(error.message, true),
      );
      forget(store, id);
    },
    /** @param {object} [others] fields of the job beside what the page shows @returns {Promise<?object>} */
    async ask(others) {
      await editors.settle();
      const job = await post("jobs", jobWish(store.state, others));
      store.setIn("jobs", job.id, job);
      return job;
    },
    async paint() {
      if (!ready(store.state)) {
        const { pictures } = store.state;
        return announce(pictures.photo && pictures.art ? words.paint.waiting : words.paint.needs, true);
      }
      if (store.state.busy) return undefined;
      const { preview } = store.state;
      store.set({ busy: true, preview: null });
      try {
        const job = await this.ask();
        if (preview) drop(preview); // its picture would take the place of this one
        store.set({
          shown: job.id,
          against: null,
          view: "result",
          painting: null,
          preview: null,
          settled: true,
        });
        announce(words.paint.started);
      } catch (error) {
        announce(error.message, true);
      } finally {
        store.set({ busy: false });
      }
    },
  };
}

/** A preview that nobody waits for any more. */
function drop(id) {
  return request("DELETE", `jobs/${id}`).catch(() => {}); // it may have gone already
}

function forget(store, id) {
  store.set(({ jobs, shown, against, preview }) => ({
    jobs: without(jobs, id),
    shown: shown === id ? null : shown,
    against: against === id ? null : against,
    preview: preview === id ? null : preview,
  }));
}

/** The server's events, for as long as the page lives. */
function follow({ store, announce, told }) {
  let source = null;
  const connect = () => {
    source?.close();
    source = new EventSource("api/v1/events");
    source.addEventListener("open", async () => {
      if (store.state.gone) announce(words.server.back);
      store.set({ gone: false });
      const listed = await get("jobs?previews=true").catch(() => null);
      if (!listed) return;
      const there = new Set(listed.map(({ id }) => id));
      for (const id of Object.keys(store.state.jobs)) if (!there.has(id)) forget(store, id);
      store.set(({ jobs, shown, against }) => ({
        jobs: { ...jobs, ...Object.fromEntries(listed.map((job) => [job.id, job])) },
        shown: there.has(shown) ? shown : null,
        against: there.has(against) ? against : null,
      }));
    });
    source.addEventListener("job", ({ data }) => {
      const job = JSON.parse(data);
      const before = store.state.jobs[job.id];
      store.setIn("jobs", job.id, job);
      if (before && !ENDED.includes(before.state) && ENDED.includes(job.state)) told(job);
    });
    source.addEventListener("gone", ({ data }) => forget(store, JSON.parse(data).id));
    source.addEventListener("error", () => {
      if (!store.state.gone) announce(words.server.gone);
      store.set({ gone: true });
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN);
    });
  };
  connect();
}

/** After each change a preview; the newest one is shown when it is done. */
function previews(page) {
  const { store, editors, announce, tab } = page;
  let timer = 0;
  let asked = null; // what the newest preview was asked for
  let turn = 0; // changes when no preview is wanted any more
  const group = `preview-${tab}`;
  const wish = (state) => (ready(state) ? JSON.stringify(jobWish(state)) : null);

  async function ask() {
    await editors.settle();
    const now = wish(store.state);
    if (!now || now === asked) return;
    asked = now;
    const mine = turn;
    try {
      const job = await post("jobs", { ...JSON.parse(now), preview: true, group });
      if (mine !== turn) await drop(job.id);
      if (mine !== turn || asked !== now) return;
      store.set(({ jobs }) => ({ jobs: { ...jobs, [job.id]: job }, preview: job.id, trouble: null }));
    } catch (error) {
      asked = null;
      store.set({ trouble: error.message });
      announce(error.message);
    }
  }

  store.watch(
    (state) => [wish(state), state.gone, state.settled],
    (now, gone, settled) => {
      clearTimeout(timer);
      if (settled) turn += 1;
      if (now && settled) {
        store.set({ settled: false });
        if (store.state.shown) asked = now;
      }
      if (now && now !== asked && !gone) timer = setTimeout(ask, QUIET);
    },
  );
  store.watch(
    ({ jobs, preview }) => [jobs[preview]],
    (job) => {
      if (!job) return;
      const first = !store.state.shown && job.step > 0;
      if (job.state === "done" || first) store.set({ shown: job.id, against: null });
      if (!ENDED.includes(job.state)) return;
      store.set({
        preview: null,
        trouble:
          job.state === "failed" ? say(words.job.failed, { error: job.error ?? words.job.unknown }) : null,
      });
      if (job.state === "done") announce(words.job.announcePreview);
    },
  );
}
