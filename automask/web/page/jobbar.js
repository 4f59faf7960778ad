/** What is said below the stage of the job that is shown, and what can be done with it. */

import { icon, iconButton, make, relabel } from "./dom.js";
import { ENDED } from "./jobs.js";
import { settingsText } from "./history.js";
import { duration, say, words } from "./words.js";

/** @param {object} page {store, jobs, history, exports} */
export function createJobBar({ store, jobs, history, exports }) {
  const bar = document.getElementById("job");
  const title = make("p.job-title", { id: "job-title" });
  const state = make("p.note", { id: "job-state" });
  const progress = make("div.bar", {
    id: "job-progress",
    role: "progressbar",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  const id = () => store.state.shown;
  const paused = () => store.state.jobs[id()]?.state === "paused";
  const pause = iconButton("pause", words.job.pause, {
    id: "job-pause",
    on: { click: () => (paused() ? jobs.resume(id()) : jobs.pause(id())) },
  });
  const cancel = iconButton("close", words.job.cancel, {
    id: "job-cancel",
    on: { click: () => jobs.cancel(id()) },
  });
  const alone = iconButton("photo", words.job.photograph, {
    id: "job-photograph",
    on: { click: () => store.set({ against: null }) },
  });
  const use = make(
    "button.quiet",
    { id: "job-use", on: { click: () => history.use(id()) } },
    icon("use"),
    make("span", { text: words.job.use }),
  );
  const remove = iconButton("trash", words.job.remove, {
    id: "job-delete",
    on: { click: () => history.remove(id()) },
  });
  const save = make(
    "button",
    { id: "job-save", popovertarget: "exports" },
    icon("save"),
    make("span", { text: words.job.save }),
  );
  bar.append(
    make("div.job-text", {}, title, state),
    progress,
    make("div.job-actions", {}, pause, cancel, alone, use, remove, save),
  );

  store.watch(
    ({ jobs: all, shown, against, view, preview }) => [all[shown], all[against], view, all[preview]],
    (job, other, view, preview) => {
      bar.hidden = view !== "result" || !job;
      if (!job) return;
      const running = !ENDED.includes(job.state);
      const done = job.state === "done";
      const pair = say(words.job.pair, { content: job.content.name, style: job.style.name });
      title.textContent = [job.preview ? words.job.preview : pair, settingsText(job, store.state.about)].join(
        " · ",
      );
      title.title = pair;
      state.textContent =
        preview && preview.id !== job.id
          ? words.job.previewing
          : other
            ? say(words.job.against, { name: other.label || settingsText(other, store.state.about) })
            : stateText(job);
      const moving = preview && preview.id !== job.id ? preview : running ? job : null;
      progress.hidden = !moving;
      progress.classList.toggle("busy", moving?.state === "running" && !moving.done);
      progress.style.setProperty("--done", moving?.done ?? 0);
      progress.setAttribute("aria-valuenow", Math.round(100 * (moving?.done ?? 0)));
      progress.setAttribute("aria-label", say(words.job.progress, { name: pair }));
      relabel(
        pause,
        job.state === "paused" ? "play" : "pause",
        job.state === "paused" ? words.job.resume : words.job.pause,
      );
      pause.hidden = !running || job.preview || job.state === "waiting";
      cancel.hidden = !running;
      alone.hidden = !other;
      use.hidden = job.preview || running;
      remove.hidden = job.preview || running;
      save.hidden = !done;
      exports.show(done ? job : null);
    },
  );
}

/** @returns {string} the same for where there is little room */
export function shortText(job) {
  if (job.state !== "running") return stateText(job);
  return job.iterations
    ? say(words.job.percent, { percent: Math.round(100 * job.done) })
    : words.job.starting;
}

/** @returns {string} one line on how far a job is */
export function stateText(job) {
  const { job: said } = words;
  const percent = Math.round(100 * job.done);
  if (job.state === "waiting") return job.place ? say(said.place, job) : said.waiting;
  if (job.state === "paused") return say(said.paused, { percent });
  if (job.state === "failed") return say(said.failed, { error: job.error ?? said.unknown });
  if (job.state === "cancelled") return said.cancelled;
  if (job.state === "done")
    return [
      say(said.done, { time: duration(job.seconds ?? 0) }),
      ...job.warnings.slice(0, 1).map((text) => say(said.warning, { text })),
    ].join(" · ");
  if (!job.iterations) return said.starting;
  const left = job.seconds_left === null ? [] : [say(said.left, { time: duration(job.seconds_left) })];
  return [say(said.percent, { percent }), ...left, say(said.running, job)].join(" · ");
}
