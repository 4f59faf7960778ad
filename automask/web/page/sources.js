/** The two pictures: dropped, pasted, chosen as files, or of those that come along. */

import { imageOf, post, upload } from "./api.js";
import { icon, iconButton, keep, make } from "./dom.js";
import { SIDES } from "./state.js";
import { say, words } from "./words.js";

const OFFERED = { photo: "samples", art: "styles" };
const ASKED = { photo: "sample", art: "style" };

/** @param {object} page {store, announce} @returns {{take: function}} */
export function createSources(page) {
  const { store, announce } = page;
  const wells = [];
  let last = "photo";

  async function choose(side, name, ask) {
    last = side;
    const tell = (trouble, progress) => wells.filter((well) => well.side === side).forEach((well) => well.tell(trouble, progress));
    tell(null, { name, share: 0 });
    try {
      const picture = await ask((share) => tell(null, { name, share }));
      page.take(side, picture);
      announce(say(words.source.is[side], { name: picture.name }));
      tell(null, null);
    } catch (error) {
      tell(error.message, null);
      announce(error.message);
    }
  }

  const take = {
    /** A file of the person's own. */
    file: (side, file) => choose(side, file.name, async (progress) => {
      const { bytes } = store.state.about?.limits ?? {};
      if (file.size > bytes) {
        const [size, most] = [file.size, bytes].map((each) => Math.round(each / 2 ** 20));
        throw new Error(say(words.source.tooLarge, { name: file.name, size, most }));
      }
      return upload(file, side, progress);
    }),
    /** A picture that comes along. */
    bundled: (side, { name, title }) => choose(side, title, () => post("pictures", { [ASKED[side]]: name })),
    /** Files that were dropped or pasted: to that side, or the one that lacks a picture. */
    files(files, side) {
      const pictures = [...files].filter(({ type }) => !type || type.startsWith("image/"));
      if (!pictures.length) {
        const first = side ?? free();
        const text = files.length ? say(words.source.notPicture, { name: files[0].name }) : words.source.none;
        wells.filter((well) => well.side === first).forEach((well) => well.tell(text, null));
        announce(text);
      } else if (pictures.length > 1) SIDES.forEach((each, index) => take.file(each, pictures[index]));
      else take.file(side ?? free(), pictures[0]);
    },
  };

  /** The side that lacks a picture, else the one used last. */
  function free() {
    const empty = SIDES.filter((side) => !store.state.pictures[side]);
    return empty.includes(last) ? last : empty[0] ?? last;
  }

  for (const side of SIDES) {
    const small = createWell(page, take, side, "small");
    const large = createWell(page, take, side, "large");
    wells.push(small, large);
    document.getElementById("sources").append(small.element);
    document.getElementById(`pane-${side}`).append(large.element);
  }
  listenToPage(take);
  return take;
}

/** Drops anywhere and pastes. */
function listenToPage(take) {
  const sideAt = (target) => target.closest?.("[data-side]")?.dataset.side;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (side) => {
    for (const well of document.querySelectorAll(".well")) well.classList.toggle("over", well.dataset.side === side);
  };
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(sideAt(event.target));
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(null);
    take.files(event.dataTransfer.files, sideAt(event.target));
  });
  document.addEventListener("paste", (event) => {
    const { files } = event.clipboardData;
    if (!files.length && event.target.closest("input, textarea")) return;
    take.files(files);
  });
}

/** @param {"small"|"large"} size small: in the panel; large: in the stage while it is empty */
function createWell({ store }, take, side, size) {
  const large = size === "large";
  const id = `${side}-${size}`;
  const file = make("input.hidden", {
    type: "file", accept: "image/*", id: `file-${id}`, tabindex: -1, "aria-label": words.source.choosing[side],
    on: { change: () => { if (file.files.length) take.files(file.files, side); file.value = ""; } },
  });
  const open = () => file.click();
  const image = make("img", { alt: "" });
  const show = make("button.well-picture", {
    id: `show-${id}`, on: { click: () => (store.state.pictures[side] ? store.set({ view: side, side }) : open()) },
  }, icon(side), image);
  const name = make("span.well-name");
  const replace = iconButton("upload", words.source.replace[side], { id: `replace-${id}`, on: { click: open } });
  const choose = make("button.primary", { id: `choose-${id}`, text: words.source.choose, on: { click: open } });
  const offered = make("ul.offered", { id: `offered-${id}`, "aria-label": words.source.samples[side] });
  const trouble = make("p.trouble", { hidden: true, id: `trouble-${id}` });
  const progress = make("div.bar", { hidden: true, role: "progressbar", "aria-label": words.source[side], "aria-valuemin": 0, "aria-valuemax": 100 });
  const head = large
    ? [make("span.well-icon", {}, icon(side)), make("h2", { text: words.source.drop[side] }), make("p.note", { text: words.source.hint }), choose]
    : [make("div.well-head", {}, make("h2", { text: words.source[side] }), replace), show, name];
  const below = large ? [make("p.note", { text: words.source.samples[side] })] : [];
  const element = make(`div.well.${size}`, { "data-side": side, id: `well-${id}` }, ...head, progress, trouble, ...below, offered, file);

  store.watch(({ about, pictures }) => [about, pictures[side]], (about, picture) => {
    element.classList.toggle("filled", Boolean(picture));
    show.setAttribute("aria-label", picture ? say(words.source.show[side], picture) : words.source.choosing[side]);
    if (picture) image.src = imageOf(picture, 320);
    else image.removeAttribute("src");
    image.hidden = !picture;
    name.textContent = picture ? picture.name : "";
    name.title = picture ? `${picture.name}, ${say(words.source.size, picture)}` : "";
    keep(offered, about?.[OFFERED[side]] ?? [], (item) => item.name, (item) => {
      const label = say(words.source.use, { name: item.title });
      const button = make("button.thumb", { "aria-label": label, title: item.title, "data-testid": `use-${side}-${item.name}-${size}`, on: { click: () => take.bundled(side, item) } },
        make("img", { src: item.thumbnail, alt: "", loading: "lazy" }));
      return make("li", {}, button);
    }, () => {});
  });

  return {
    side, element,
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
