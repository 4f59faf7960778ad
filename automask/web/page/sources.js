/** The two pictures: dropped, pasted, chosen as files, or of those that come along. */

import { post, upload } from "./api.js";
import { SIDES } from "./state.js";
import { createWell } from "./well.js";
import { say, words } from "./words.js";

const ASKED = { photo: "sample", art: "style" };

/** @param {object} page {store, announce} @returns {{take: function}} */
export function createSources(page) {
  const { store, announce } = page;
  const wells = [];
  const coming = new Map(SIDES.map((side) => [side, 0])); // pictures on their way to each side
  let last = "photo";

  async function choose(side, name, ask) {
    last = side;
    const tell = (trouble, progress) =>
      wells.filter((well) => well.side === side).forEach((well) => well.tell(trouble, progress));
    tell(null, { name, share: 0 });
    coming.set(side, coming.get(side) + 1);
    try {
      const picture = await ask((share) => tell(null, { name, share }));
      page.take(side, picture);
      announce(say(words.source.is[side], { name: picture.name }));
      tell(null, null);
    } catch (error) {
      tell(error.message, null);
      announce(error.message);
    } finally {
      coming.set(side, coming.get(side) - 1);
    }
  }

  const take = {
    /** A file of the person's own. */
    file: (side, file) =>
      choose(side, file.name, async (progress) => {
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
    const empty = SIDES.filter((side) => !store.state.pictures[side] && !coming.get(side));
    return empty.includes(last) ? last : (empty[0] ?? last);
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
    for (const well of document.querySelectorAll(".well"))
      well.classList.toggle("over", well.dataset.side === side);
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
