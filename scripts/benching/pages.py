"""What a person waits for at the page, measured in the browser."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from statistics import median

import skimage.data
from PIL import Image
from playwright.sync_api import Page
from showing.tab import Tab, chromium, page_address

STYLE = Path(__file__).parents[2] / "automask" / "styles" / "portrait.jpg"
STRENGTHS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
SEARCHED = """async files => {
  const overlaid = id => {
    const canvas = document.querySelectorAll(`#pane-${id} canvas`)[1];
    const {width, height} = canvas;
    const {data} = canvas.getContext("2d").getImageData(0, height / 2, width, 1);
    return data.some((value, index) => index % 4 === 3 && value > 0);
  };
  const dataTransfer = new DataTransfer();
  for (const [id, data] of files) {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], `${id}.png`, {type: "image/png"}));
  }
  const begun = performance.now();
  const event = new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true});
  document.body.dispatchEvent(event);
  const there = () => !document.getElementById("paint-button").disabled;
  for (;;) {
    await new Promise(requestAnimationFrame);
    if (there() && files.every(([id]) => overlaid(id)))
      return (performance.now() - begun) / 1000;
  }
}"""
PREVIEWED = """async value => {
  const slider = document.getElementById("control-strength-number");
  const image = document.querySelector("#compare .after img");
  const before = image.getAttribute("src");
  const begun = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  for (;;) {
    await new Promise(requestAnimationFrame);
    const now = image.getAttribute("src");
    if (now !== before && now?.includes("picture.png") && image.complete)
      return (performance.now() - begun) / 1000;
  }
}"""


def page_row(px: int, rounds: int) -> dict[str, object]:
    """Medians of seconds, with a worker that is warm.

    Args:
        px: Of the picture that is painted; its preview has at most 384.
        rounds: Each with two pictures that were not seen before.

    Returns:
        ``masks_s``: from the drop of two pictures to their overlays; ``preview_s``:
        from the move of a slider to the new preview.
    """
    searched, previewed = [], []
    with page_address() as address, chromium() as browser:
        for turn in range(rounds):
            tab = Tab.opened(browser, address, viewport={"width": 1280, "height": 720})
            tab.page.fill("#control-size-number", str(px))
            tab.page.keyboard.press("Tab")
            searched.append(tab.page.evaluate(SEARCHED, pictures(turn)))
            tab.previewed()
            previewed.append(preview_seconds(tab.page, STRENGTHS[turn % 7]))
            tab.page.context.close()
    return {
        "px": px,
        "rounds": rounds,
        "masks_s": median(searched),
        "preview_s": median(previewed),
    }


def preview_seconds(page: Page, strength: float) -> float:
    """From a move of the slider on."""
    return float(page.evaluate(PREVIEWED, strength))


def pictures(turn: int) -> list[tuple[str, str]]:
    """Panes and files of a photograph and a painting, other ones each turn."""
    with Image.open(STYLE) as style:
        images = {"photo": Image.fromarray(skimage.data.astronaut()), "art": style}
        return [(pane, _png(image, 4 * turn)) for pane, image in images.items()]


def _png(image: Image.Image, less: int) -> str:
    """In base64, without so many columns."""
    file = io.BytesIO()
    image.crop((less, 0, *image.size)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
