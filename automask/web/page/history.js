/** What was painted, newest first: a strip that survives reload and restart. */

import { get, jobFile } from "./api.js";
import { icon, keep, make } from "./dom.js";
import { ENDED } from "./jobs.js";
import { pictureOf } from "./stage.js";
import { settingsOf } from "./wish.js";
import { say, words } from "./words.js";

const TOLD = [
  "strength",
  "gamma",
  "size",
  "quality",
  "k",
  "hold",
  "style_scale",
  "color",
  "stylizer",
  "seed",
];
const SIGNS = { gamma: "γ", k: "K" };

/** @param {object} page {store, announce, jobs, openVariants, narrow} */
export function createHistory(page) {
  const { store, announce, jobs } = page;
  const place = document.getElementById("history");
  const list = make("ul.cards", { id: "history-list" });
  place.append(make("h2.hidden", { text: words.historyTitle }), list);

  store.watch(
    ({ jobs: all, shown, about }) => [all, shown, about],
    (all) => {
      const { shown } = store.state;
      const cards = stacks(Object.values(all).filter((job) => !job.preview && job.state !== "cancelled"));
      place.hidden = !cards.length;
      keep(
        list,
        cards,
        ({ key }) => key,
        (card) => createCard(page, card),
        (element, card) => element.tell(card, shown),
      );
    },
  );
  return {
    /** The pictures, masks and controls of a job. */
    async use(id) {
      const job = store.state.jobs[id];
      try {
        const [photo, art] = await Promise.all(
          [job.content, job.style].map((picture) => get(`pictures/${picture.id}`)),
        );
        page.restore({ pictures: { photo, art }, ...settingsOf(job, store.state.about) });
        announce(words.history.restored);
      } catch (error) {
        announce(say(words.history.gone, { error: error.message }), true);
      }
    },
    async remove(id) {
      const job = store.state.jobs[id];
      await jobs.remove(id);
      announce(
        say(words.history.removed, {
          name: say(words.job.pair, { content: job.content.name, style: job.style.name }),
        }),
      );
    },
  };
}

/** Jobs of one group are one card; what is not done comes first, as it will be painted. */
function stacks(jobs) {
  const newest = (one, other) => (one.created < other.created ? 1 : -1);
  const cards = new Map();
  for (const job of [...jobs].sort(newest)) {
    const key = job.group || job.id;
    cards.set(key, { key, jobs: [...(cards.get(key)?.jobs ?? []), job] });
  }
  const active = (card) => card.jobs.some(({ state }) => !ENDED.includes(state));
  const all = [...cards.values()];
  return [...all.filter(active), ...all.filter((card) => !active(card))];
}

/** @returns {string} the settings of a job that are not as usual */
export function settingsText(job, about) {
  const usual = Object.fromEntries((about?.controls ?? []).map((control) => [control.key, control]));
  const told = TOLD.filter(
    (key) => key in job.keys && usual[key] && (job.keys[key] !== usual[key].default || key === "size"),
  );
  return (
    told
      .map((key) => {
        const { label, choices } = usual[key];
        const value = choices?.find((choice) => choice.value === job.keys[key])?.label ?? job.keys[key];
        return `${SIGNS[key] ?? label} ${value}`;
      })
      .join(" · ") || words.history.usual
  );
}

function createCard({ store, openVariants }, { key }) {
  const image = make("img", { alt: "" });
  const status = make("span.card-status");
  const bar = make("span.bar");
  const button = make(
    "button.card",
    {
      "data-testid": `history-${key}`,
      on: {
        click: () => open(),
        keydown: (event) =>
          event.key === "Delete" && element.one && document.getElementById("job-delete").click(),
      },
    },
    image,
    bar,
    status,
  );
  const element = make("li", {}, button);
  let jobs = [];
  const open = () =>
    jobs.length > 1 || jobs[0].group
      ? openVariants(key)
      : store.set({ shown: jobs[0].id, against: null, view: "result", painting: null, preview: null });
  element.tell = (card, shown) => {
    jobs = card.jobs;
    const done = jobs.filter(({ state }) => state === "done");
    const job = jobs.find(({ state }) => state === "running") ?? done[0] ?? jobs[0];
    const name = say(words.job.pair, { content: job.content.name, style: job.style.name });
    const group = Boolean(job.group);
    const label = group
      ? say(words.variant.open, { count: jobs.length, name })
      : say(words.history.show, { name, settings: settingsText(job, store.state.about) });
    button.setAttribute("aria-label", label);
    button.title = label;
    button.classList.toggle("stack", group);
    button.setAttribute(
      "aria-pressed",
      jobs.some(({ id }) => id === shown),
    );
    const address =
      job.state === "done"
        ? jobFile(job.id, "thumbnail.jpg")
        : (pictureOf(job) ?? `api/v1/pictures/${job.content.id}/image?side=320`);
    if (image.getAttribute("src") !== address) image.src = address;
    button.classList.toggle("pale", job.state !== "done" && !job.step);
    const running = ["running", "paused"].includes(job.state);
    bar.hidden = !running;
    bar.style.setProperty("--done", job.done);
    const text =
      job.state === "waiting"
        ? say(words.history.waiting, { place: job.place ?? "" })
        : group
          ? `${done.length}/${jobs.length}`
          : "";
    status.replaceChildren(
      ...(job.state === "paused"
        ? [icon("pause")]
        : job.state === "failed"
          ? [icon("close")]
          : text
            ? [text]
            : []),
    );
    status.hidden = !status.childNodes.length;
    button.classList.toggle("failed", job.state === "failed");
  };
  return element;
}
