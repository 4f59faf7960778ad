"""A recording of the page: two files, a stroke on a mask, a slider, the picture."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from showing.stills import CROWN
from showing.tab import DONE, Tab

VIEWPORT = {"width": 1280, "height": 720}
SHOWN = (960, 540)  # px of the recording
MOST = 2 * 10**6  # bytes of the file
FRAME = 80  # ms
GROWTH = 30  # frames of the picture as it grows, at most
DRAGGED = 150  # px, a picture under the pointer
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))
STYLE = Path(__file__).parents[2] / "automask" / "styles" / "portrait.jpg"
TRANSFER = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  return transfer;
}"""


@dataclass
class Recording:
    """Frames of a tab, with its pointer.

    Args:
        tab: That is recorded.
    """

    tab: Tab
    frames: list[Image.Image] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)  # in ms
    at: tuple[float, float] = (700, 640)
    dragged: Image.Image | None = None

    def take(self, milliseconds: int = FRAME) -> None:
        """A frame, shown for so long."""
        shot = Image.open(io.BytesIO(self.tab.page.screenshot())).convert("RGB")
        corner = (round(self.at[0]), round(self.at[1]))
        if self.dragged is not None:
            shot.paste(self.dragged, (corner[0] - 20, corner[1] - 20))
        arrow = [(corner[0] + x, corner[1] + y) for x, y in ARROW]
        ImageDraw.Draw(shot).polygon(arrow, fill="black", outline="white", width=1)
        self.add(shot.resize(SHOWN, Image.Resampling.LANCZOS), milliseconds)

    def add(self, frame: Image.Image, milliseconds: int) -> None:
        """A frame; the last one goes on where it is the same."""
        if self.frames and not np.any(np.asarray(frame) != np.asarray(self.frames[-1])):
            self.seconds[-1] += milliseconds
            return
        self.frames.append(frame)
        self.seconds.append(milliseconds)

    def move(
        self,
        to: tuple[float, float],
        frames: int = 7,
        act: Callable[[], Any] | None = None,
    ) -> None:
        """The pointer goes to a place, slowly at both ends."""
        start = self.at
        for number in range(1, frames + 1):
            share = (1 - np.cos(np.pi * number / frames)) / 2
            self.at = (
                start[0] + share * (to[0] - start[0]),
                start[1] + share * (to[1] - start[1]),
            )
            self.tab.page.mouse.move(*self.at)
            if act is not None:
                act()
            self.take()

    def middle(self, selector: str) -> tuple[float, float]:
        """Of an element."""
        box = self.tab.page.locator(selector).first.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def click(self, selector: str) -> None:
        """Go there and click."""
        self.move(self.middle(selector))
        self.tab.page.mouse.down()
        self.tab.page.mouse.up()
        self.tab.settle()
        self.take(2 * FRAME)

    def drop(self, name: str, image: Image.Image, selector: str) -> None:
        """Bring a file from below to an element."""
        file = io.BytesIO()
        image.save(file, "PNG")
        data = base64.b64encode(file.getvalue()).decode()
        page = self.tab.page
        transfer = page.evaluate_handle(TRANSFER, [name, "image/png", data])
        self.dragged = image.copy()
        self.dragged.thumbnail((DRAGGED, DRAGGED))
        target = self.middle(selector)
        self.at = (target[0], VIEWPORT["height"] - 10)
        event = {"dataTransfer": transfer}
        self.move(target, 8, lambda: page.dispatch_event(selector, "dragover", event))
        self.take(2 * FRAME)
        self.dragged = None
        page.dispatch_event(selector, "drop", event)
        page.mouse.move(*self.at)

    def wait(self, selector: str, most: int = GROWTH) -> None:
        """Until there is such an element; what changes meanwhile is shown faster."""
        page = self.tab.page
        meanwhile = Recording(self.tab, at=self.at)
        while not page.locator(selector).count():
            meanwhile.take(FRAME)
            page.wait_for_timeout(60)
        chosen = np.unique(np.linspace(0, len(meanwhile.frames) - 1, most).round())
        for index in chosen.astype(int) if meanwhile.frames else ():
            self.add(meanwhile.frames[index], FRAME)

    def write(self, file: Path) -> None:
        """As animated WebP, as good as the bytes that it may take allow."""
        for quality in range(80, 20, -6):
            self.frames[0].save(
                file,
                save_all=True,
                append_images=self.frames[1:],
                quality=quality,
                duration=self.seconds,
                loop=0,
                method=4,
                kmax=60,
                kmin=20,
            )
            if file.stat().st_size <= MOST:
                return


def record(browser: Browser, address: str, file: Path) -> None:
    """Tell the story once and write it."""
    tab = Tab.opened(browser, address, viewport=VIEWPORT)
    film, page = Recording(tab), tab.page
    page.wait_for_load_state("networkidle")  # all thumbnails
    film.take(5 * FRAME)
    photo = Image.fromarray(skimage.data.astronaut())
    film.drop("photo.png", photo, "#well-photo-large")
    film.wait("#well-photo-small.filled", 2)
    with Image.open(STYLE) as style:
        film.drop("painting.png", style.convert("RGB"), "#well-art-large")
    film.wait("#paint-button:enabled", 4)
    tab.settle()
    film.take(10 * FRAME)
    tab.previewed()

    film.click("[data-testid=mask-hair-paint]")
    stroke(film)
    film.click("#tool-done")

    strength(film)
    film.click("#paint-button")
    film.wait(DONE)
    tab.settle()
    film.take(6 * FRAME)
    compare(film)
    film.take(25 * FRAME)
    page.context.close()
    film.write(file)


def stroke(film: Recording) -> None:
    """Paint along the hair of the photograph."""
    page = film.tab.page
    film.move(film.tab.place(*CROWN[0]))
    page.mouse.down()
    for place in CROWN[1:]:
        film.move(film.tab.place(*place), 4)
    page.mouse.up()
    film.tab.settle()
    film.take(6 * FRAME)


def strength(film: Recording) -> None:
    """Move the slider of the style's strength, see the preview, and move it back."""
    page = film.tab.page
    box = page.locator("#control-strength-number").bounding_box()
    assert box is not None
    shown = "#compare .after img"
    before = page.locator(shown).get_attribute("src")
    for start, end in ((0.98, 0.3), (0.3, 1)):
        for share, frames in ((start, 5), (end, 8)):
            x = box["x"] + share * box["width"]
            film.move((x, box["y"] + box["height"] / 2), frames)
            if share == start:
                page.mouse.down()
        page.mouse.up()
        film.wait(f"{shown}[src$='picture.png']:not([src='{before}'])", 6)
        film.tab.settle()
        film.take(5 * FRAME)
        before = page.locator(shown).get_attribute("src")


def compare(film: Recording) -> None:
    """Move the border between before and after to and fro."""
    page = film.tab.page
    film.move(film.middle("#compare-handle"))
    page.mouse.down()
    x, y = film.at
    for to in (x + 200, x - 230):
        film.move((to, y), 12)
    page.mouse.up()
