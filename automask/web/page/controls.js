/** The controls of painting, as the server lists them. */

import { iconButton, keep, make, put } from "./dom.js";
import { without } from "./state.js";
import { say, words } from "./words.js";
import { ready } from "./wish.js";

const FIRST = ["quality", "size", "strength", "gamma", "hold"]; // the others stand under "More"
const SLIDES = 2000; // steps that a slider may have
const SEGMENTS = 3; // choices that stand side by side

/** @param {object} page {store, hint} */
export function createControls(page) {
  const { store } = page;
  const place = document.getElementById("controls");
  const more = make("div.more-controls", { id: "more-controls" });
  const first = make("div.first-controls");
  place.append(
    make("h2", { text: words.control.title }),
    first,
    make("details", { id: "more" }, make("summary", { id: "more-open", text: words.control.more }), more),
  );
  store.watch(
    ({ about, values }) => [about, values],
    (about, values) => {
      const controls = about?.controls ?? [];
      const tell = (element, control) =>
        element.tell(values[control.key] ?? control.default, control.key in values);
      const of = (list, chosen) =>
        keep(
          list,
          chosen,
          ({ key }) => key,
          (control) => createControl(page, control),
          tell,
        );
      of(first, FIRST.map((key) => controls.find((control) => control.key === key)).filter(Boolean));
      of(
        more,
        controls.filter(({ key }) => !FIRST.includes(key)),
      );
    },
  );
}

function createControl({ store, hint, narrow }, control) {
  const { key, label, help, default: usual, choices } = control;
  const id = `control-${key}`;
  const change = (value) =>
    store.set((state) => ({
      values: value === usual ? without(state.values, key) : { ...state.values, [key]: value },
      view: ready(state) && !narrow() ? "result" : state.view,
      against: null,
    }));
  const info = iconButton("info", say(words.control.about, { label }), { id: `${id}-about` });
  info.removeAttribute("title");
  hint(info, () => ({ text: help, code: `${key}=${store.state.values[key] ?? usual}` }));
  const reset = iconButton("reset", say(words.control.reset, { label }), {
    id: `${id}-reset`,
    on: { click: () => change(usual) },
  });
  const name = make("span.control-name", { id: `${id}-name`, text: label });
  const output = make("output.note");
  const parts = fields(control, id, change, output);
  const element = make(
    "div.control",
    { id, role: "group", "aria-labelledby": `${id}-name`, "data-testid": id },
    make(
      "div.control-head",
      {},
      name,
      info,
      make("span.grow"),
      reset,
      parts.numeric && !parts.typed ? output : null,
      parts.aside ?? null,
    ),
    ...parts.elements,
  );
  element.tell = (value, changed) => {
    element.classList.toggle("changed", changed);
    reset.classList.toggle("away", !changed);
    reset.disabled = !changed;
    const choice = choices.find((each) => each.value === value);
    output.textContent = choice ? "" : String(value);
    parts.tell(value);
  };
  return element;
}

/** The fields of a control: words to choose from, a number, or both. */
function fields(control, id, change, output) {
  const { type, choices } = control;
  const numeric = type === "number" || type === "integer";
  const chosen = choices?.length ? choice(control, id, change, numeric) : null;
  const number = numeric ? numberField(control, id, change, output) : null;
  const onOff = type === "boolean" ? switchField(control, id, change) : null;
  const all = [chosen, number, onOff].filter(Boolean);
  const aside = chosen && number && !number.typed && choices.length === 1 ? chosen : null; // in the head
  const elements = aside
    ? [number.element]
    : numeric && chosen
      ? [make("div.control-both", {}, number.element, chosen.element)]
      : all.map((field) => field.element);
  return {
    numeric,
    typed: number?.typed,
    aside: aside?.element,
    elements,
    tell: (value) => all.forEach((field) => field.tell(value)),
  };
}

/** Buttons side by side where there are few, else a list. */
function choice({ key, label, choices }, id, change, beside) {
  if (!beside && choices.length > SEGMENTS) {
    const options = choices.map(({ value, label: text }) => make("option", { value, text }));
    const element = make(
      "select",
      { id: `${id}-choice`, "aria-label": label, title: key, on: { change: () => change(element.value) } },
      ...options,
    );
    return { element, tell: (value) => put(element, "value", value) };
  }
  const buttons = choices.map(({ value, label: text }) =>
    make("button", { id: `${id}-${value}`, text, on: { click: () => change(value) } }),
  );
  return {
    element: make("div.segments", {}, ...buttons),
    tell: (value) =>
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", choices[index].value === value)),
  };
}

/** A slider where the range is small, else a field to type in. */
function numberField({ label, type, minimum, maximum, step, choices }, id, change, output) {
  const by = step ?? (type === "integer" ? 1 : 0.01);
  const slides = maximum !== null && (maximum - (minimum ?? 0)) / by <= SLIDES && maximum <= 100;
  const given = {
    id: `${id}-number`,
    "aria-label": label,
    min: minimum ?? 0,
    max: maximum,
    step: slides ? by : "any",
  };
  const tidy = (value) => (type === "integer" ? Math.round(value) : Number(value.toFixed(4)));
  const inRange = (value) => Math.min(Math.max(value, minimum ?? 0), maximum ?? Infinity);
  const take = () => Number.isFinite(input.valueAsNumber) && change(tidy(inRange(input.valueAsNumber)));
  const input = make("input", {
    type: slides ? "range" : "number",
    ...given,
    on: { [slides ? "input" : "change"]: take },
  });
  if (!slides && step) put(input, "step", step);
  const tell = (value) => {
    const named = choices?.some((each) => each.value === value);
    const shown = named ? (slides ? middle(minimum, maximum) : "") : value;
    put(input, "value", shown);
    input.classList.toggle("unset", Boolean(named));
    input.style.setProperty(
      "--share",
      named ? "0%" : `${(100 * (value - (minimum ?? 0))) / (maximum - (minimum ?? 0))}%`,
    );
    input.setAttribute(
      "aria-valuetext",
      output.textContent || choices?.find((each) => each.value === value)?.label || String(value),
    );
  };
  return { element: input, tell, typed: !slides };
}

const middle = (minimum, maximum) => (Math.max(minimum ?? 0, 0) + Math.min(maximum, 2)) / 2;

function switchField({ label }, id, change) {
  const element = make("input.switch", {
    type: "checkbox",
    role: "switch",
    id: `${id}-switch`,
    "aria-label": label,
    on: { change: () => change(element.checked) },
  });
  return {
    element,
    tell: (value) => {
      element.checked = value === true;
    },
  };
}
