"""Chromium that may reach this machine alone, and a server of files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
QUIET = (  # Chromium asks nobody for updates, lists or names
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """An installed Chromium, else Playwright's own; without either a skipped test."""
    api = pytest.importorskip("playwright.sync_api", reason="needs automask[browser]")
    with api.sync_playwright() as playwright:
        programs = (*PROGRAMS, playwright.chromium.executable_path)
        program = next(filter(None, map(shutil.which, programs)), None)
        if program is None:
            pytest.skip("needs Chromium (Debian: apt install chromium)")
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def offline_page(
    browser: Browser, expected: Sequence[str] = (), **options: Any
) -> Iterator[Page]:
    """A page of its own.

    Args:
        browser: As from ``chromium``.
        expected: Parts of errors that the console may show.
        options: Of Playwright's ``new_context``: viewport, color_scheme, has_touch …

    Raises:
        AssertionError: At the end, if the page or another tab of its context asked for
            anything beyond loopback, threw an error or wrote one to the console, as
            refusals of its policy are.
    """
    context = browser.new_context(**options)
    beyond: list[str] = []
    errors: list[str] = []

    def only_loopback(request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname not in LOOPBACK:
            beyond.append(request.url)

    context.on("request", only_loopback)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console",
        lambda message: message.type == "error" and errors.append(message.text),
    )
    try:
        yield context.new_page()
    finally:
        context.close()
    errors = [text for text in errors if not any(map(text.__contains__, expected))]
    assert not beyond, f"the page asked for {beyond}"
    assert not errors, f"the page reported {errors}"


class _Files(SimpleHTTPRequestHandler):
    """Files below folders that have a name, with the page's content policy."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript"
    }

    def __init__(self, *args: Any, folders: Mapping[str, Path]) -> None:
        self.folders = folders
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        _, name, *rest = urlsplit(path).path.split("/")
        return str(self.folders.get(name, Path("missing")).joinpath(*rest))

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(**folders: Path) -> Iterator[str]:
    """The address under which ``/name/…`` is what lies in the folder of that name."""
    handler = partial(_Files, folders=folders)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
