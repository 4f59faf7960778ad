"""Stills of the page: while a mask is painted, while the picture is, and when it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser

from showing.tab import DONE, Tab

MOST = 150 * 1000  # bytes of a file
SHARE = 55  # %, at which a picture is taken while it is painted


CROWN = ((0.34, 0.23), (0.35, 0.15), (0.4, 0.09), (0.46, 0.06), (0.54, 0.11))
LEFT_TOWER = ((0.06, 0.6), (0.06, 0.5), (0.07, 0.42), (0.08, 0.3))


@dataclass(frozen=True)
class Scene:
    """What is painted.

    Args:
        photo: A photograph that comes along.
        style: A style that comes along.
        mask: That is painted.
        stroke: Through places of the photograph, each from 0 to 1.
    """

    photo: str
    style: str
    mask: str
    stroke: tuple[tuple[float, float], ...]


SCENES = {
    "portrait": Scene("astronaut", "portrait", "hair", CROWN),
    "landscape": Scene("rocket", "vangogh", "sky", LEFT_TOWER),
}
SCREENS: dict[str, dict[str, Any]] = {
    "390": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "1280": {"viewport": {"width": 1280, "height": 720}},
    "1280-dark": {
        "viewport": {"width": 1280, "height": 720},
        "color_scheme": "dark",
    },
    "1920": {"viewport": {"width": 1920, "height": 1080}},
}


def stills(
    browser: Browser, address: str, scene: Scene, screen: dict[str, Any]
) -> Iterator[tuple[str, Image.Image]]:
    """Names and pictures of a scene on a screen."""
    tab = Tab.opened(browser, address, **screen)
    page = tab.page
    tab.choose(scene.photo, scene.style)
    tab.previewed()
    tab.paint_mask(scene.mask)
    page.mouse.move(*tab.place(*scene.stroke[0]))
    page.mouse.down()
    for place in scene.stroke[1:]:
        page.mouse.move(*tab.place(*place), steps=8)
    page.mouse.up()
    tab.settle()
    yield "masks", taken(tab)
    page.click("#tool-done")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#job-state:has-text('step')")
    while int(page.get_attribute("#job-progress", "aria-valuenow") or 100) < SHARE:
        page.wait_for_timeout(50)
    tab.settle()
    yield "painting", taken(tab)
    page.wait_for_selector(DONE)
    page.focus("#compare-handle")
    tab.settle()
    yield "done", taken(tab)
    page.context.close()


def taken(tab: Tab) -> Image.Image:
    """What is seen."""
    return Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")


def write(file: Path, image: Image.Image) -> None:
    """As WebP, as good as the bytes that it may take allow."""
    for quality in range(90, 30, -5):
        image.save(file, quality=quality, method=6)
        if file.stat().st_size <= MOST:
            return
