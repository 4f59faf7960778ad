/** One tooltip for all that has a hint: on hover and focus, Escape hides it. */

import { make } from "./dom.js";
import { words } from "./words.js";

const MARGIN = 8; // px

/** @returns {function(HTMLElement, function(): {text: string, code: string})} adds a hint to an element */
export function createTips() {
  const tip = document.getElementById("tip");
  const hide = () => tip.matches(":popover-open") && tip.hidePopover();
  const show = (element, { text, code }) => {
    tip.replaceChildren(make("p", { text }), make("code", { text: `${words.control.key} ${code}` }));
    tip.showPopover();
    const box = element.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = tip;
    const left = Math.min(Math.max(box.right - width, MARGIN), window.innerWidth - width - MARGIN);
    const below = box.bottom + MARGIN + height < window.innerHeight;
    tip.style.setProperty("--tip-x", `${left}px`);
    tip.style.setProperty(
      "--tip-y",
      `${below ? box.bottom + MARGIN : Math.max(box.top - MARGIN - height, MARGIN)}px`,
    );
  };
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("scroll", hide, true);
  return (element, hint) => {
    element.setAttribute("aria-describedby", "tip");
    for (const type of ["pointerenter", "focus", "click"])
      element.addEventListener(type, () => show(element, hint()));
    for (const type of ["pointerleave", "blur"]) element.addEventListener(type, hide);
  };
}
