/** The bar of the brush, while a mask is being painted. */

import { iconButton, make, put } from "./dom.js";
import { colorOf } from "./editors.js";
import { SIDES } from "./state.js";
import { say, words } from "./words.js";

const LEAST = 0.003; // sizes of the brush, as shares of the picture's longer side
const MOST = 0.5;
const toSlider = (share) => Math.log(share / LEAST) / Math.log(MOST / LEAST);
const fromSlider = (value) => LEAST * (MOST / LEAST) ** value;

/** @param {object} page {store, editors} */
export function createTools({ store, editors }) {
  const bar = document.getElementById("tools");
  const { tool: said } = words;
  const active = () => editors[store.state.side];
  const longer = (side) => Math.max(editors[side].size.width, editors[side].size.height, 1);

  const title = make("span.tool-name");
  const modes = Object.fromEntries(
    [
      ["brush", "brush"],
      ["eraser", "eraser"],
      ["pan", "hand"],
    ].map(([mode, picture]) => [
      mode,
      iconButton(picture, said[mode], { id: `tool-${mode}`, on: { click: () => active().tool({ mode }) } }),
    ]),
  );
  const sliders = {
    size: slider("size", (value) => ({ size: fromSlider(value) * longer(store.state.side) })),
    softness: slider("softness", (value) => ({ softness: value })),
    strength: slider("strength", (value) => ({ strength: Math.max(value, 0.01) })),
  };
  const commands = ["fill", "invert", "undo", "redo"].map((name) =>
    iconButton(name, said[name], { id: `tool-${name}`, on: { click: () => active()[name]() } }),
  );
  const done = make("button.primary", {
    id: "tool-done",
    text: said.done,
    on: { click: () => store.set({ painting: null }) },
  });
  bar.append(
    title,
    make("div.tool-group", {}, ...Object.values(modes)),
    make("div.tool-sliders", {}, ...Object.values(sliders).map(({ element }) => element)),
    make("div.tool-group", {}, ...commands),
    done,
  );

  function slider(name, change) {
    const output = make("output.note");
    const input = make("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.01,
      id: `tool-${name}`,
      "aria-label": said[name],
      on: { input: () => active().tool(change(input.valueAsNumber)) },
    });
    const element = make("div.tool-slider", {}, make("span.note", { text: said[name] }), output, input);
    return {
      element,
      tell(value, text) {
        put(input, "value", value);
        input.style.setProperty("--share", `${100 * value}%`);
        output.textContent = text;
        input.setAttribute("aria-valuetext", text);
      },
    };
  }

  function tell() {
    const { side, painting } = store.state;
    const { mode, size, softness, strength } = active().settings;
    for (const [name, button] of Object.entries(modes)) button.setAttribute("aria-pressed", name === mode);
    sliders.size.tell(toSlider(size / longer(side)), say(said.pixels, { value: Math.round(size) }));
    sliders.softness.tell(softness, say(said.percent, { value: Math.round(100 * softness) }));
    sliders.strength.tell(strength, say(said.percent, { value: Math.round(100 * strength) }));
    bar.querySelector("#tool-undo").disabled = !active().canUndo;
    bar.querySelector("#tool-redo").disabled = !active().canRedo;
    title.textContent = painting ? say(said.painting, { name: painting, side: words.side[side] }) : "";
    if (painting) title.style.setProperty("--mask", colorOf(store.state, painting));
  }

  for (const side of SIDES) {
    const other = SIDES.find((each) => each !== side);
    editors[side].addEventListener("tool", ({ detail: { size, ...tool } }) => {
      if (store.state.side === side)
        editors[other].tool({ ...tool, size: (size / longer(side)) * longer(other) });
      tell();
    });
    for (const type of ["change", "select", "masks"]) editors[side].addEventListener(type, tell);
  }
  store.watch(
    ({ painting, side, view }) => [painting, side, view],
    (painting, side, view) => {
      bar.hidden = !painting || view === "result";
      document.body.classList.toggle("brushing", !bar.hidden);
      tell();
    },
  );
}
