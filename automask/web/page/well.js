/** A well: the place where a picture is dropped, chosen and seen. */

import { imageOf } from "./api.js";
import { icon, iconButton, keep, make } from "./dom.js";
import { say, words } from "./words.js";

const OFFERED = { photo: "samples", art: "styles" };

/** @param {"small"|"large"} size small: in the panel; large: in the stage while it is empty */
export function createWell({ store }, take, side, size) {
  const large = size === "large";
  const id = `${side}-${size}`;
  const file = make("input.hidden", {
    type: "file",
    accept: "image/*",
    id: `file-${id}`,
    tabindex: -1,
    "aria-label": words.source.choosing[side],
    on: {
      change: () => {
        if (file.files.length) take.files(file.files, side);
        file.value = "";
      },
    },
  });
  const open = () => file.click();
  const image = make("img", { alt: "" });
  const show = make(
    "button.well-picture",
    {
      id: `show-${id}`,
      on: { click: () => (store.state.pictures[side] ? store.set({ view: side, side }) : open()) },
    },
    icon(side),
    image,
  );
  const name = make("span.well-name");
  const replace = iconButton("upload", words.source.replace[side], {
    id: `replace-${id}`,
    on: { click: open },
  });
  const choose = make("button.primary", {
    id: `choose-${id}`,
    text: words.source.choose,
    on: { click: open },
  });
  const offered = make("ul.offered", { id: `offered-${id}`, "aria-label": words.source.samples[side] });
  const trouble = make("p.trouble", { hidden: true, id: `trouble-${id}` });
  const progress = make("div.bar", {
    hidden: true,
    role: "progressbar",
    "aria-label": words.source[side],
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  const head = large
    ? [
        make("span.well-icon", {}, icon(side)),
        make("h2", { text: words.source.drop[side] }),
        make("p.note", { text: words.source.hint }),
        choose,
      ]
    : [make("div.well-head", {}, make("h2", { text: words.source[side] }), replace), show, name];
  const below = large ? [make("p.note", { text: words.source.samples[side] })] : [];
  const element = make(
    `div.well.${size}`,
    { "data-side": side, id: `well-${id}` },
    ...head,
    progress,
    trouble,
    ...below,
    offered,
    file,
  );

  store.watch(
    ({ about, pictures }) => [about, pictures[side]],
    (about, picture) => {
      element.classList.toggle("filled", Boolean(picture));
      show.setAttribute(
        "aria-label",
        picture ? say(words.source.show[side], picture) : words.source.choosing[side],
      );
      if (picture) image.src = imageOf(picture, 320);
      else image.removeAttribute("src");
      image.hidden = !picture;
      name.textContent = picture ? picture.name : "";
      name.title = picture ? `${picture.name}, ${say(words.source.size, picture)}` : "";
      keep(
        offered,
        about?.[OFFERED[side]] ?? [],
        (item) => item.name,
        (item) => {
          const label = say(words.source.use, { name: item.title });
          const button = make(
            "button.thumb",
            {
              "aria-label": label,
              title: item.title,
              "data-testid": `use-${side}-${item.name}-${size}`,
              on: { click: () => take.bundled(side, item) },
            },
            make("img", { src: item.thumbnail, alt: "", loading: "lazy" }),
          );
          return make("li", {}, button);
        },
        () => {},
      );
    },
  );

  return {
    side,
    element,
    tell(text, sent) {
      trouble.hidden = !text;
      trouble.textContent = text ?? "";
      progress.hidden = !sent;
      if (!sent) return;
      const percent = Math.round(100 * sent.share);
      progress.classList.toggle("busy", percent === 0 || percent === 100);
      progress.style.setProperty("--done", sent.share);
      progress.setAttribute("aria-valuenow", percent);
      progress.setAttribute("aria-valuetext", say(words.source.uploading, { name: sent.name, percent }));
    },
  };
}
