/**
 * Mouse, touch and pen on the surface of the editor.
 *
 * One mouse button, finger or pen paints; the middle button, the space key with any
 * button, the mode "pan" and two fingers move the picture. The pen's other end erases.
 */

const MIDDLE = 4; // bits of PointerEvent.buttons
const PEN_ERASER = 32;
const WHEEL = 0.0015; // exponent of the zoom a pixel of the wheel
const LINE = 16; // px a line of the wheel

/**
 * @param {HTMLElement} surface
 * @param {object} act what the gestures do; places {x, y} in CSS px of the surface
 * @param {function(object, {erase: boolean}): void} act.begin a stroke
 * @param {function(object[]): void} act.extend the stroke; each place with pressure 0..1
 *   (null where the device has none)
 * @param {function(): void} act.end the stroke
 * @param {function(): void} act.cancel the stroke
 * @param {function(number, number): void} act.pan
 * @param {function(number, object): void} act.zoom by a factor around a place
 * @param {function(?object): void} act.hover a pointer that can hover; null when it leaves
 * @param {function(): boolean} act.pans whether one pointer moves the picture
 */
export function listen(surface, act) {
  const pointers = new Map(); // id -> last place
  let gesture = null; // "stroke", "pan" or "pinch"
  let leader = null; // the pointer that paints

  const place = (event) => {
    const { left, top } = surface.getBoundingClientRect();
    const pressure = event.pointerType === "pen" ? event.pressure : null;
    return { x: event.clientX - left, y: event.clientY - top, pressure };
  };

  const stop = (finish) => {
    if (gesture === "stroke") finish();
    gesture = leader = null;
    surface.classList.remove("editor-moving");
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1 && !(event.buttons & PEN_ERASER)) return;
    if (gesture && event.pointerType === "touch" && leader?.type === "pen") return; // a palm
    if (event.pointerType === "pen") { // the palm came first
      stop(act.cancel);
      pointers.clear();
    }
    if (pointers.size === 2) return;
    event.preventDefault();
    surface.focus({ preventScroll: true, focusVisible: false });
    const at = place(event);
    pointers.set(event.pointerId, at);
    if (surface.isConnected && event.isTrusted) surface.setPointerCapture(event.pointerId);
    act.hover(event.pointerType === "touch" ? null : at);
    if (pointers.size === 2) {
      stop(act.cancel);
      gesture = "pinch";
    } else if (event.buttons & MIDDLE || act.pans()) gesture = "pan";
    else {
      gesture = "stroke";
      leader = { id: event.pointerId, type: event.pointerType };
      act.begin(at, { erase: Boolean(event.buttons & PEN_ERASER) });
    }
    surface.classList.toggle("editor-moving", gesture === "pan");
  });

  surface.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (event.pointerType !== "touch") act.hover(at);
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (gesture === "stroke" && event.pointerId === leader.id) {
      const events = event.getCoalescedEvents?.() ?? [];
      act.extend((events.length ? events : [event]).map(place));
    } else if (gesture === "pan") act.pan(at.x - before.x, at.y - before.y);
    else if (gesture === "pinch") pinch(event.pointerId, before, at);
    pointers.set(event.pointerId, at);
  });

  function pinch(id, before, at) {
    const fixed = [...pointers].find(([other]) => other !== id)?.[1];
    if (!fixed) return;
    const apart = (point) => Math.max(Math.hypot(point.x - fixed.x, point.y - fixed.y), 1);
    const middle = { x: (fixed.x + before.x) / 2, y: (fixed.y + before.y) / 2 };
    act.zoom(apart(at) / apart(before), middle);
    act.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
  }

  const release = (finish) => (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (gesture === "pinch") {
      if (!pointers.size) gesture = null;
    } else if (gesture !== "stroke" || event.pointerId === leader.id) stop(finish);
  };
  surface.addEventListener("pointerup", release(act.end));
  surface.addEventListener("pointercancel", release(act.cancel));
  surface.addEventListener("lostpointercapture", release(act.end));
  surface.addEventListener("pointerleave", () => act.hover(null));
  surface.addEventListener("contextmenu", (event) => gesture && event.preventDefault());

  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode ? LINE : 1;
    if (event.shiftKey) act.pan(-(event.deltaX || event.deltaY) * unit, 0);
    else {
      const pinched = event.ctrlKey ? 6 : 1; // a pinch on a touchpad comes in small steps
      act.zoom(Math.exp(-event.deltaY * unit * WHEEL * pinched), place(event));
    }
  }, { passive: false });

  return {
    /** Takes back a stroke that is being painted. */
    cancel: () => stop(act.cancel),
  };
}
