"""The page as a person uses it, on a server of its own."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from brush import Mask
from PIL import Image
from served import API, Served

if TYPE_CHECKING:
    from playwright.sync_api import Download, Locator, Page, Response

Place = tuple[int, int]
MARGIN = 12  # CSS px around a picture that fits
PATIENCE = 90_000  # ms, on a machine that has much else to do

TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, type, data] of files) {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type}));
  }
  return transfer;
}"""
DRAFT = """() => fetch("api/v1/draft", {
  headers: {"X-Tab": sessionStorage.getItem("automask-tab")},
}).then(answer => answer.json())"""
WATCHED = """() => {
  const seen = window.seen = {states: [], shares: [], pictures: []};
  const see = (list, value) => value && list.at(-1) !== value && list.push(value);
  const look = () => {
    see(seen.states, document.getElementById("job-state").textContent);
    const bar = document.getElementById("job-progress");
    if (!bar.hidden) see(seen.shares, bar.ariaValueNow);
    const image = document.querySelector("#compare .after img");
    see(seen.pictures, image.getAttribute("src"));
  };
  const everything = {subtree: true, childList: true, attributes: true};
  new MutationObserver(look).observe(document.body, everything);
}"""
SURFACE = """element => {
  const {left, top} = element.getBoundingClientRect();
  return [left, top, element.clientWidth, element.clientHeight];
}"""
FRAMES = """() => new Promise(resolve =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50))))"""


@dataclass(frozen=True)
class PaintingPage:
    """One tab.

    Args:
        page: Of Playwright.
        server: That it talks to.
    """

    page: Page
    server: Served

    def open(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(self.server.address)
        self.page.wait_for_selector("html[data-ready]")

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def row(self, name: str, part: str = "") -> Locator:
        """A mask in the list, or one of its controls."""
        return self.page.get_by_test_id(f"mask-{name}" + (f"-{part}" if part else ""))

    # Pictures

    def transfer(self, *files: Path) -> Any:
        """A DataTransfer with these files."""
        read = [
            (file.name, "image/png", base64.b64encode(file.read_bytes()).decode())
            for file in files
        ]
        return self.page.evaluate_handle(TRANSFER, read)

    def drop(self, selector: str, *files: Path) -> None:
        dropped = {"dataTransfer": self.transfer(*files)}
        for event in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event(selector, event, dropped)

    def choose(self, photo: Path, painting: Path) -> None:
        """Both pictures by the file dialogs, and wait for their masks."""
        self.page.set_input_files("#file-photo-large", photo)
        self.page.set_input_files("#file-art-large", painting)
        self.wait("#paint-button:enabled")

    # Masks

    def draft(self) -> dict[str, Any]:
        """What the server keeps of this tab."""
        kept: dict[str, Any] = self.page.evaluate(DRAFT)
        return kept

    def drawn(self, side: str, name: str) -> Mask | None:
        """The painted mask that the server has for this tab; None without one."""
        id = self.draft().get("drawn", {}).get(side, {}).get(name, {}).get("id")
        return self.grey(f"{API}/drawn/{id}.png") if id else None

    def grey(self, path: str) -> Mask:
        """A mask as the server gives it."""
        image = Image.open(io.BytesIO(self.server.ask(path).body))
        assert image.mode == "L"
        return np.asarray(image)

    def drag(
        self, side: str, size: tuple[int, int], *places: tuple[float, float]
    ) -> list[tuple[float, float]]:
        """A stroke through places of a picture of that size, which is seen as a whole.

        Returns:
            Where the pointer was, px of the picture.
        """
        self.page.evaluate(FRAMES)
        surface = self.find(f"#pane-{side} .editor-surface")
        corner_x, corner_y, wide, high = surface.evaluate(SURFACE)
        scale = min((wide - 2 * MARGIN) / size[0], (high - 2 * MARGIN) / size[1])
        left, top = (wide - scale * size[0]) / 2, (high - scale * size[1]) / 2
        used = []
        for x, y in places:
            at_x = round(corner_x + left + scale * x)  # exact also in 32 bits
            at_y = round(corner_y + top + scale * y)
            self.page.mouse.move(at_x, at_y)
            if not used:
                self.page.mouse.down()
            used.append(
                ((at_x - corner_x - left) / scale, (at_y - corner_y - top) / scale)
            )
        self.page.mouse.up()
        return used

    # Painting

    def set_size(self, side: int) -> None:
        self.page.fill("#control-size-number", str(side))
        self.page.keyboard.press("Tab")

    def watch(self) -> None:
        """Keep what the page shows of its job from now on."""
        self.page.evaluate(WATCHED)

    def seen(self) -> Mapping[str, Sequence[str]]:
        seen: Mapping[str, Sequence[str]] = self.page.evaluate("window.seen")
        return seen

    def paint(self) -> str:
        return self.begun(lambda: self.page.click("#paint-button"))

    def begun(self, act: Callable[[], object]) -> str:
        """Id of the job that an action begins, once it is the one that is shown."""
        with self.page.expect_response(is_final) as waiting:
            act()
        id = str(waiting.value.json()["id"])
        self.wait(f"[data-testid=history-{id}][aria-pressed=true]")
        return id

    def says(self, pattern: str) -> None:
        """Wait until the job's line says so."""
        self.find("#job-state").filter(has_text=re.compile(pattern)).wait_for()

    def wait(self, selector: str, state: Any = "attached") -> None:
        self.page.wait_for_selector(selector, state=state)

    def command(self) -> str:
        """Of the job that is shown."""
        self.page.click("#job-save")
        said = self.find("#command").filter(has_text="automask.run").inner_text()
        self.page.keyboard.press("Escape")
        return said

    def saved(self, link: str) -> bytes:
        """What a link under "Save" downloads."""
        self.page.click("#job-save")
        with self.page.expect_download() as waiting:
            self.page.click(link)
        self.page.keyboard.press("Escape")
        return downloaded(waiting.value)


def is_final(response: Response) -> bool:
    """Whether a job was taken that is no preview."""
    request = response.request
    asked = request.method == "POST" and response.url.endswith(f"{API}/jobs")
    return asked and not (request.post_data_json or {}).get("preview")


def downloaded(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def forget(server: Served) -> None:
    """All jobs, and what pages kept."""
    for job in server.json("/jobs?previews=true"):
        server.ask(f"{API}/jobs/{job['id']}", method="DELETE")
    server.json("/draft", {}, "PUT")


def job_of(server: Served, **fields: Any) -> dict[str, Any]:
    """The newest job that has these values."""
    for job in server.json("/jobs"):
        if all(job[key] == value for key, value in fields.items()):
            return dict(job)
    raise AssertionError(json.dumps(server.json("/jobs")))
