/** Before and after: two pictures over one another, and a border that is moved; zoom and pan. */

import { make, put } from "./dom.js";
import { View } from "./editor/view.js";
import { say, words } from "./words.js";

const WHEEL = 0.0015; // exponent of the zoom a pixel of the wheel
const STEP = 0.02; // of the picture, an arrow key

/** @param {HTMLElement} element */
export function createCompare(element) {
  const images = {
    before: make("img", { alt: "", draggable: "false" }),
    after: make("img", { alt: "", draggable: "false" }),
  };
  const tags = { before: make("span.tag.before"), after: make("span.tag.after") };
  const handle = make(
    "div.handle",
    {
      id: "compare-handle",
      role: "slider",
      tabindex: 0,
      "aria-label": words.compare.handle,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    make("span.knob"),
  );
  const surface = make(
    "div.compare",
    { id: "compare" },
    make("div.layer.after", {}, images.after),
    make("div.layer.before", {}, images.before),
    tags.before,
    tags.after,
    handle,
  );
  element.append(surface);

  let share = 0.5; // of the picture that shows what was before
  const view = new View(place);
  new ResizeObserver(() =>
    view.resize(surface.clientWidth, surface.clientHeight, window.devicePixelRatio || 1),
  ).observe(surface);

  function place() {
    const { style } = surface;
    const { width, height } = view.picture;
    for (const [name, value] of [
      ["x", view.x],
      ["y", view.y],
      ["w", width * view.scale],
      ["h", height * view.scale],
    ])
      style.setProperty(`--${name}`, `${value}px`);
    const split = Math.min(Math.max(view.x + share * width * view.scale, 0), view.width);
    style.setProperty("--split", `${split}px`);
    surface.classList.toggle("crisp", view.scale >= 3);
    const values = {
      percent: Math.round(100 * share),
      before: tags.before.textContent,
      after: tags.after.textContent,
    };
    handle.setAttribute("aria-valuenow", values.percent);
    handle.setAttribute("aria-valuetext", say(words.compare.value, values));
  }

  function move(to) {
    share = Math.min(Math.max(to, 0), 1);
    place();
  }

  handle.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 5 : 1;
    const to = {
      ArrowLeft: share - far * STEP,
      ArrowRight: share + far * STEP,
      ArrowDown: share - far * STEP,
      ArrowUp: share + far * STEP,
      PageDown: share - 0.1,
      PageUp: share + 0.1,
      Home: 0,
      End: 1,
    }[event.key];
    if (to === undefined) return zoomByKey(event);
    event.preventDefault();
    move(to);
  });

  function zoomByKey(event) {
    if (event.ctrlKey || event.metaKey) return;
    const act = {
      "+": () => view.zoom(1.25),
      "=": () => view.zoom(1.25),
      "-": () => view.zoom(0.8),
      0: () => view.fit(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  listen(surface, view, (x) => move((x - view.x) / (view.picture.width * view.scale)));

  return {
    view,
    /**
     * @param {{src: string, label: string}} before
     * @param {{src: string, label: string}} after
     * @param {{width: number, height: number}} size of what is shown, px
     */
    show(before, after, size) {
      for (const [name, { src, label }] of [
        ["before", before],
        ["after", after],
      ]) {
        tags[name].textContent = label;
        if (images[name].getAttribute("src") !== src) swap(images[name], src);
      }
      const { picture } = view;
      if (Math.abs(picture.width / picture.height - size.width / size.height) > 0.02 || !picture.width)
        view.show(size.width, size.height);
      else place();
    },
    shown: images.after,
  };
}

/** Another picture when it is there, so that nothing flickers; the newest wins. */
export function swap(image, src) {
  image.dataset.wanted = src;
  const next = new Image();
  next.src = src;
  next.decode().then(
    () => {
      if (image.dataset.wanted === src) put(image, "src", src);
    },
    () => {},
  );
}

/** One pointer moves the border, or the picture where it is enlarged; two zoom. */
function listen(surface, view, moveTo) {
  const pointers = new Map();
  let splits = false;
  const at = (event) => {
    const { left, top } = surface.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const spread = () => {
    const [one, two] = [...pointers.values()];
    return {
      distance: Math.hypot(one.x - two.x, one.y - two.y),
      middle: { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 },
    };
  };
  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    splits = event.button === 0 && (view.fits || Boolean(event.target.closest(".handle")));
    if (splits && pointers.size === 1) moveTo(at(event).x);
  });
  surface.addEventListener("pointermove", (event) => {
    const was = pointers.get(event.pointerId);
    if (!was) return;
    const before = pointers.size === 2 && spread();
    const now = at(event);
    pointers.set(event.pointerId, now);
    if (before) {
      const { distance, middle } = spread();
      view.zoom(distance / before.distance, before.middle);
      view.pan(middle.x - before.middle.x, middle.y - before.middle.y);
    } else if (splits) moveTo(now.x);
    else view.pan(now.x - was.x, now.y - was.y);
  });
  const end = (event) => pointers.delete(event.pointerId);
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY * WHEEL * (event.deltaMode ? 16 : 1)), at(event));
    },
    { passive: false },
  );
  surface.addEventListener("dblclick", () => (view.fits ? view.zoom(2.5) : view.fit()));
}
