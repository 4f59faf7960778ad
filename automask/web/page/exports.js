/** What can be taken away: picture, masks, run.json, all of it, and the command line. */

import { get, jobFile } from "./api.js";
import { make } from "./dom.js";
import { words } from "./words.js";

const FILES = [
  ["png", "picture.png?download=1"],
  ["jpeg", "picture.jpg?download=1"],
  ["masks", "masks.zip"],
  ["run", "run.json"],
  ["bundle", "bundle.zip"],
];

/** @param {object} page {announce} @returns {{show: function(?object): void}} */
export function createExports({ announce }) {
  const place = document.getElementById("exports");
  const links = FILES.map(([name]) =>
    make("a.button", { id: `export-${name}`, download: "", text: words.export[name] }),
  );
  const line = make("code", { id: "command", tabindex: 0, "aria-label": words.export.command });
  const copy = make("button.primary", {
    id: "copy",
    text: words.export.copy,
    on: { click: () => copyLine() },
  });
  place.append(
    make("div.export-files", {}, ...links),
    make("p.note", { text: words.export.command }),
    make("div.command", {}, line, copy),
  );
  let shown = null;

  async function copyLine() {
    await writeClipboard(line);
    copy.textContent = words.export.copied;
    announce(words.export.copied);
    setTimeout(() => {
      copy.textContent = words.export.copy;
    }, 2000);
  }
  return {
    show(job) {
      if (job?.id === shown) return;
      shown = job?.id ?? null;
      if (!job) return place.matches(":popover-open") && place.hidePopover();
      FILES.forEach(([, file], index) => links[index].setAttribute("href", jobFile(job.id, file)));
      line.textContent = job.command ?? "";
      get(`jobs/${job.id}/command`).then(
        ({ command }) => {
          if (shown === job.id) line.textContent = command;
        },
        () => {},
      );
    },
  };
}

/** Also where the page is not served securely, which has no clipboard of its own. */
async function writeClipboard(element) {
  if (navigator.clipboard)
    return navigator.clipboard.writeText(element.textContent).catch(() => select(element));
  return select(element);
}

function select(element) {
  window.getSelection().selectAllChildren(element);
  document.execCommand("copy");
}
