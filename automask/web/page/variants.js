/** Variants: small pictures for values of γ and strength, to choose from or to compare. */

import { jobFile } from "./api.js";
import { iconButton, keep, make } from "./dom.js";
import { shortText } from "./jobbar.js";
import { ENDED } from "./jobs.js";
import { pictureOf } from "./stage.js";
import { without } from "./state.js";
import { ready, settingsOf } from "./wish.js";
import { say, words } from "./words.js";

const SMALL = { size: 384, quality: "preview" };
const MOST = 12;
const USUAL = { gamma: "5, 20, 40", strength: "0.5, 1" };

/** @param {object} page {store, announce, jobs, restore} @returns {function(?string): void} opens the dialog, for a group that was made */
export function createVariants(page) {
  const { store, announce, jobs } = page;
  const dialog = document.getElementById("variants");
  let group = null;
  let picked = [];

  const fields = Object.fromEntries(
    ["gamma", "strength"].map((key) => [
      key,
      make("input", {
        id: `variants-${key}`,
        value: USUAL[key],
        "aria-label": words.variant[`${key}Label`],
        inputmode: "decimal",
        autocomplete: "off",
        on: { input: () => tell() },
      }),
    ]),
  );
  const trouble = make("p.trouble", { hidden: true, id: "variants-trouble", role: "alert" });
  const submit = make("button.primary", { type: "submit", id: "variants-make" });
  const form = make(
    "form.variants-form",
    {
      on: {
        submit: (event) => {
          event.preventDefault();
          start();
        },
      },
    },
    ...["gamma", "strength"].map((key) =>
      make("label.field", {}, make("span.note", { text: words.variant[key] }), fields[key]),
    ),
    submit,
  );
  const list = make("ul.variants-list", { id: "variants-list" });
  const compare = make("button.primary", { id: "variants-compare", on: { click: () => comparePicked() } });
  dialog.append(
    make(
      "div.head",
      {},
      make("h2", { id: "variants-title", text: words.variant.title }),
      make("span.grow"),
      iconButton("close", words.variant.close, { id: "variants-close", on: { click: () => dialog.close() } }),
    ),
    make("p.note", { text: words.variant.explain }),
    form,
    trouble,
    list,
    make("div.variants-foot", {}, compare),
  );

  /** @returns {?{gamma: number, strength: number}[]} null where something is no number */
  function combinations() {
    const numbers = (text) =>
      text
        .split(",")
        .map((each) => each.trim())
        .filter(Boolean)
        .map(Number);
    const [gammas, strengths] = [numbers(fields.gamma.value), numbers(fields.strength.value)];
    const most = store.state.about?.controls.find(({ key }) => key === "gamma")?.maximum ?? Infinity;
    const right =
      gammas.every((value) => value >= 0 && value <= most) &&
      strengths.every((value) => value >= 0 && value <= 1);
    const all = [...new Set(gammas)].flatMap((gamma) =>
      [...new Set(strengths)].map((strength) => ({ gamma, strength })),
    );
    return right && all.length && all.length <= MOST ? all : null;
  }

  async function start() {
    const wanted = combinations();
    if (!wanted || !ready(store.state)) return refuse(wanted ? words.paint.needs : words.variant.wrong);
    group = `variants-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}${Date.now().toString(36)}`;
    picked = [];
    tell();
    try {
      for (const keys of wanted) {
        await jobs.ask({ keys: { ...keys, ...SMALL }, group, label: say(words.variant.name, keys) });
      }
    } catch (error) {
      refuse(error.message);
    }
  }

  function refuse(text) {
    trouble.hidden = false;
    trouble.textContent = text;
  }

  /** The settings of a variant; size and quality stay those of the controls. */
  function use(job) {
    const { values } = store.state;
    const { values: taken, ...settings } = settingsOf(job, store.state.about);
    const own = Object.fromEntries(
      Object.keys(SMALL)
        .filter((key) => key in values)
        .map((key) => [key, values[key]]),
    );
    page.restore(
      { ...settings, values: { ...Object.keys(SMALL).reduce(without, taken), ...own } },
      job.content.id === store.state.pictures.photo?.id && job.style.id === store.state.pictures.art?.id
        ? null
        : job,
    );
    store.set({ shown: job.id, against: null, view: "result" });
    announce(say(words.variant.used, { name: job.label }));
    dialog.close();
  }

  function comparePicked() {
    const [one, other] = picked;
    store.set({ against: one, shown: other, view: "result", painting: null, preview: null });
    dialog.close();
  }

  function tell() {
    const mine = Object.values(store.state.jobs)
      .filter((job) => group && job.group === group)
      .sort((one, other) => (one.created < other.created ? -1 : 1));
    const wanted = combinations();
    submit.textContent = say(words.variant.make, { count: wanted?.length ?? "" });
    submit.disabled = !wanted || !ready(store.state);
    trouble.hidden = Boolean(wanted);
    if (!wanted) trouble.textContent = words.variant.wrong;
    picked = picked.filter((id) => mine.some((job) => job.id === id));
    list.hidden = !mine.length;
    keep(
      list,
      mine,
      ({ id }) => id,
      createVariant,
      (element, job) => element.tell(job),
    );
    compare.hidden = !mine.length;
    compare.disabled = picked.length !== 2;
    compare.textContent = picked.length === 2 ? words.variant.compare : words.variant.pickTwo;
  }

  function createVariant({ id }) {
    const image = make("img", { alt: "" });
    const bar = make("span.bar");
    const state = make("span.note");
    const name = make("span.variant-name");
    const choose = make(
      "button.variant",
      { "data-testid": "variant-use", on: { click: () => use(store.state.jobs[id]) } },
      make("span.variant-picture", {}, image, bar),
      name,
      state,
    );
    const pick = make("input", {
      type: "checkbox",
      "data-testid": "variant-pick",
      on: {
        change: () => {
          picked = pick.checked ? [...picked, id].slice(-2) : picked.filter((each) => each !== id);
          tell();
        },
      },
    });
    const pickLabel = make("label.pick", {}, pick, make("span"));
    const element = make("li.variant-card", {}, choose, pickLabel);
    element.tell = (job) => {
      const address = job.state === "done" ? jobFile(id, "picture.png") : pictureOf(job);
      image.hidden = !address;
      if (address && image.getAttribute("src") !== address) image.src = address;
      const { width, height } = job.content;
      choose.style.setProperty("--aspect", `${width} / ${height}`);
      bar.hidden = ENDED.includes(job.state);
      bar.style.setProperty("--done", job.done);
      name.textContent = job.label;
      state.textContent = shortText(job);
      choose.setAttribute("aria-label", say(words.variant.useName, { name: job.label }));
      pick.setAttribute("aria-label", say(words.variant.pick, { name: job.label }));
      pick.checked = picked.includes(id);
      pick.disabled = job.state !== "done";
    };
    return element;
  }

  store.watch(({ jobs: all, about, found }) => [all, about, found], tell);
  return (made = group) => {
    group = made;
    tell();
    dialog.showModal();
  };
}
