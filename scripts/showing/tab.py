"""A page of a server of its own, and what a person does with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PATIENCE = 300_000  # ms
FLAGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
DONE = "#job-state:has-text('Done in')"
PHOTOGRAPH = """() => {
  const margin = 12;  // CSS px around it
  const surface = document.querySelector("#pane-photo .editor-surface");
  const box = surface.getBoundingClientRect();
  const {naturalWidth, naturalHeight} = document.querySelector("#well-photo-small img");
  const scale = Math.min((box.width - 2 * margin) / naturalWidth,
                         (box.height - 2 * margin) / naturalHeight);
  const [wide, high] = [scale * naturalWidth, scale * naturalHeight];
  const [left, top] = [(box.width - wide) / 2, (box.height - high) / 2];
  return [box.left + left, box.top + top, wide, high];
}"""
SETTLED = """() => new Promise(resolve =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 300))))"""


@contextmanager
def page_address() -> Iterator[str]:
    """Of a server that keeps its files in a folder of its own, once it can paint."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "automask.web", "--no-open", "--folder", folder]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[1]
        finally:
            server.terminate()
            server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """An installed one, else Playwright's own."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Tab:
    """A tab with the page.

    Args:
        page: Of Playwright.
    """

    page: Page

    @classmethod
    def opened(cls, browser: Browser, address: str, **options: Any) -> Tab:
        """A new one, without what others have left; the server can paint."""
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE)
        page.request.put(f"{address}api/v1/draft", data={})
        while page.request.get(f"{address}api/v1/health").json()["worker"] != "ready":
            time.sleep(0.1)
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return cls(page)

    def choose(self, photo: str, style: str) -> None:
        """Two pictures that come along, and wait for their masks."""
        for side, name in (("photo", photo), ("art", style)):
            self.section("pictures")
            self.page.click(f"[data-testid^=use-{side}-{name}]:visible")
            self.page.wait_for_selector(f"#well-{side}-small.filled", state="attached")
        self.page.wait_for_selector("#paint-button:enabled", state="attached")
        if self.page.locator("#section-masks").is_visible():
            self.page.click("#view-photo")

    def section(self, name: str) -> None:
        """On a narrow screen, where one is seen at a time."""
        button = self.page.locator(f"#section-{name}")
        if button.is_visible():
            button.click()

    def previewed(self) -> None:
        """Wait for the preview of the settings."""
        image = "#inset img[src*=thumbnail]"
        self.page.wait_for_selector(image, state="attached")

    def paint_mask(self, name: str) -> None:
        """Begin to paint a mask on the photograph."""
        self.section("masks")
        self.page.click(f"[data-testid=mask-{name}-paint]")
        self.page.wait_for_selector("#tools:not([hidden])")
        self.settle()

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page a place of the photograph is, 0 to 1, seen as a whole."""
        left, top, wide, high = self.page.evaluate(PHOTOGRAPH)
        return left + x * wide, top + y * high

    def settle(self) -> None:
        """Let what has changed be drawn."""
        self.page.evaluate(SETTLED)
