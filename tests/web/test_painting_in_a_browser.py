"""The page in Chromium, before a real server: from two files to a picture."""

from __future__ import annotations

import io
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browser import chromium, offline_page
from brush import painted
from painting_page import (
    PATIENCE,
    PaintingPage,
    downloaded,
    forget,
    job_of,
)
from PIL import Image
from served import API, ROOT, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIDE = 128  # px of the photograph
BRUSH = 40  # px, the brush's diameter at first
WIDE = {"width": 1280, "height": 720}
STYLE = ROOT / "automask" / "styles" / "portrait.jpg"
REFUSED = "net::ERR_"  # what Chromium writes while the server is gone


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the server."""
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def running(browser: Browser, folder: Path) -> Iterator[Served]:
    server = Served(folder)
    yield server
    server.close()


@pytest.fixture
def server(running: Served) -> Iterator[Served]:
    """Without jobs, and without what an earlier page kept."""
    if running.process.poll() is not None:
        running.close()
        running.start()
    forget(running)
    yield running


@pytest.fixture
def offline(browser: Browser) -> partial[AbstractContextManager[Page]]:
    return partial(offline_page, browser, viewport=WIDE)


@pytest.fixture
def page(offline: Any, server: Served) -> Iterator[PaintingPage]:
    with offline() as opened:
        shown = PaintingPage(opened, server)
        shown.open()
        yield shown


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A photograph and a painting of a person, small."""
    import skimage.data

    folder = tmp_path_factory.mktemp("files")
    photo, painting = folder / "photo.png", folder / "painting.png"
    person = Image.fromarray(skimage.data.astronaut()).crop((60, 0, 380, 320))
    person.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(photo)
    with Image.open(ROOT / "automask" / "styles" / "portrait.jpg") as image:
        image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(painting)
    return photo, painting


def kept(page: PaintingPage, side: str, name: str, unlike: Any = None) -> np.ndarray:
    """The painted mask once the server has one that is unlike the one given."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        mask = page.drawn(side, name)
        if mask is not None and (unlike is None or (mask != unlike).any()):
            return mask
        time.sleep(0.1)
    raise AssertionError(f"{name} is not kept: {page.draft()}")


def test_two_files_a_brush_and_the_picture_that_the_command_line_paints(
    page: PaintingPage, files: tuple[Path, Path], tmp_path: Path
) -> None:
    page.set_size(SIDE)
    page.drop("#pane-photo", files[0])
    page.drop("#well-art-large", files[1])
    page.row("hair").wait_for()
    page.wait("#paint-button:enabled")
    [photo, art] = [page.draft()["pictures"][side]["id"] for side in ("photo", "art")]
    found = page.grey(f"{API}/pictures/{photo}/masks/hair.png?art=false")

    page.row("hair", "paint").click()
    page.wait("#tools:not([hidden])")
    drag = partial(page.drag, "photo", (SIDE, SIDE))
    places = drag((20, 20), (90, 35), (100, 100))
    points = [(x, y, BRUSH / 2, 1.0) for x, y in places]
    expected = painted(found, points, 0.5, False)
    assert (expected != found).sum() > 1000
    brushed = kept(page, "photo", "hair")
    np.testing.assert_array_equal(brushed, expected)
    page.page.keyboard.press("e")
    drag((60, 10), (60, 110))
    erased = kept(page, "photo", "hair", unlike=brushed)
    assert (erased <= brushed).all()
    page.page.keyboard.press("Control+z")
    np.testing.assert_array_equal(kept(page, "photo", "hair", unlike=erased), expected)

    page.paint()
    page.watch()
    page.says("Done")
    seen = page.seen()
    assert any("step" in text for text in seen["states"]), seen
    assert [int(share) for share in seen["shares"]] == sorted(map(int, seen["shares"]))
    assert sum("sofar.jpg" in source for source in seen["pictures"]) > 1, seen
    job = job_of(page.server, preview=False)
    assert job["masks"]["hair"]["drawn"] and not job["style_masks"]
    png = page.server.ask(f"{API}/jobs/{job['id']}/picture.png").body
    shown = f"#compare .after img[src='api/v1/jobs/{job['id']}/picture.png']"
    size = "image => [image.naturalWidth, image.naturalHeight]"
    assert page.find(shown).evaluate(size) == [SIDE, SIDE]
    assert page.saved("#export-png") == png
    assert Image.open(io.BytesIO(page.saved("#export-jpeg"))).format == "JPEG"
    assert repainted(page.command(), tmp_path) == png
    assert job["content"]["id"] == photo and job["style"]["id"] == art


def repainted(command: str, folder: Path) -> bytes:
    """The picture that the command line paints."""
    program, *words = shlex.split(command)
    assert program == "python"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
    )
    [picture] = folder.glob("outputs/*/*.png")
    return picture.read_bytes()


def test_regions_of_ones_own_and_weights_reach_the_command(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(64)
    page.choose(*files)
    page.page.click("#mask-add")
    page.page.fill("#region-name", "<b>balloon</b>")
    page.page.keyboard.press("Enter")
    assert "letters" in page.find("#region-trouble").inner_text()
    page.page.fill("#region-name", "balloon")
    page.page.keyboard.press("Enter")
    page.wait("#tools:not([hidden])")
    page.drag("photo", (SIDE, SIDE), (100, 100), (120, 120))
    page.row("balloon", "missing").filter(has_text="painting").wait_for()
    page.drag("art", (SIDE, SIDE), (10, 10), (30, 30))
    page.row("balloon", "missing").wait_for(state="hidden")
    page.row("clothing", "use").click()
    page.row("hair", "weight").focus()
    page.page.keyboard.press("Home")
    for _ in range(5):
        page.page.keyboard.press("ArrowRight")

    page.paint()
    page.says("Done")

    job = job_of(page.server, preview=False, state="done")
    assert job["masks"]["hair"] == {"drawn": None, "weight": 0.25}
    assert job["masks"]["clothing"]["weight"] == 0
    balloon = page.drawn("photo", "balloon")
    assert balloon is not None and balloon[110, 110] == 255 and balloon[20, 20] == 0
    words = shlex.split(page.command())
    given = dict(word.split("=", 1) for word in words if "=" in word)
    assert "balloon" in given["map"] and "balloon" in given["style.map"]
    assert {"hair:0.25", "clothing:0"} <= {
        word.replace(" ", "").removesuffix(".0")
        for word in given["masks.weights"].strip("{}").split(",")
    }


def test_pasted_pictures_take_the_wells_that_are_empty(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    """Once as an event with files, once from the real clipboard."""
    page.set_size(64)
    data = page.transfer(files[0])
    page.page.evaluate(
        "clipboardData => document.body.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData, bubbles: true}))",
        data,
    )
    page.find("#well-photo-small .well-name").filter(has_text="photo.png").wait_for()
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.page.evaluate(
        """async transfer => navigator.clipboard.write(
             [new ClipboardItem({"image/png": transfer.files[0]})])""",
        page.transfer(files[1]),
    )
    page.page.keyboard.press("Control+v")

    page.wait("#paint-button:enabled")

    pictures = page.draft()["pictures"]
    with Image.open(files[1]) as painting:
        sent = page.server.ask(f"{API}/pictures/{pictures['art']['id']}/image").body
        shown = np.asarray(Image.open(io.BytesIO(sent)), int)
        assert np.abs(shown - np.asarray(painting.convert("RGB"), int)).mean() < 8


def test_a_job_goes_on_through_pause_and_reload_and_stops_when_cancelled(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(192)
    page.choose(*files)
    page.find("#inset img[src*=thumbnail]").wait_for()  # no preview is in the way
    page.paint()
    page.says(r"step \d+ of")
    page.page.click("#job-pause")
    page.says("Paused at")
    page.page.click("#job-pause")
    page.says(r"step \d+ of")

    page.page.reload()
    page.watch()
    page.says(r"step \d+ of")
    page.page.click("#job-cancel")
    page.says("Cancelled")

    assert job_of(page.server, preview=False)["state"] == "cancelled"
    assert page.find("#well-photo-small .well-name").inner_text() == "photo.png"
    page.set_size(64)
    page.paint()
    page.says("Done")


def test_two_tabs_do_not_disturb_each_other(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(64)
    page.choose(*files)
    other = PaintingPage(page.page.context.new_page(), page.server)
    other.open()
    other.wait("#paint-button:enabled")  # with what the first one had

    other.set_size(96)
    other.row("hair", "use").click()
    other.page.wait_for_timeout(1000)
    other.paint()
    other.says("Done")
    page.page.reload()
    page.wait("#paint-button:enabled")

    assert page.page.input_value("#control-size-number") == "64"
    assert page.row("hair", "use").is_checked()
    assert page.find("#job").is_hidden()  # the other tab's job
    assert page.find("#history-list .card").count() == 1
    other.page.reload()
    other.says("Done")
    assert other.page.input_value("#control-size-number") == "96"
    assert not other.row("hair", "use").is_checked()


def test_a_worker_that_is_killed_is_told_and_the_next_job_works(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(192)
    page.choose(*files)
    page.paint()
    page.says(r"step \d+ of")

    for worker in page.server.workers():
        worker.kill()

    page.says("Failed: The worker was killed")
    page.set_size(64)
    page.paint()
    page.says("Done")


def test_a_server_that_was_killed_is_found_again_with_all_that_was_there(
    offline: Any, server: Served, files: tuple[Path, Path]
) -> None:
    with offline(expected=(REFUSED,)) as opened:
        page = PaintingPage(opened, server)
        page.open()
        page.set_size(64)
        page.choose(*files)
        page.paint()
        page.says("Done")
        server.stop(signal.SIGKILL)
        page.find("#server").filter(has_text="does not answer").wait_for()

        port = server.address.rsplit(":", 1)[1]
        server.words = ("--port", port)
        server.start()

        page.find("#server").wait_for(state="hidden")
        assert page.find("#history-list .card").count() == 1
        page.find("#compare .after img[src*='picture.png']").wait_for()
        page.set_size(96)
        page.paint()
        page.says("Done")
        assert page.find("#history-list .card").count() == 2


def test_variants_history_and_the_slider(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(64)
    page.choose(files[0], STYLE)
    page.page.click("#more-open")
    page.page.select_option("#control-stylizer-choice", "fast")  # soon, at 384 px
    page.page.click("#variants-open")
    page.page.fill("#variants-gamma", "5, 40")
    page.page.fill("#variants-strength", "0.5")
    page.page.click("#variants-make")
    cards = page.find("#variants-list .variant-card")
    cards.filter(has_text="Done").nth(1).wait_for()
    assert cards.count() == 2
    assert "γ 5 · strength 0.5" in cards.first.inner_text()
    for pick in page.page.get_by_test_id("variant-pick").all():
        pick.check(force=True)
    page.page.click("#variants-compare")
    page.find("#compare .before img[src$='picture.png']").wait_for()
    sources = [image.get_attribute("src") for image in page.find("#compare img").all()]
    assert len({*sources}) == 2 and all("picture.png" in each for each in sources)

    handle = page.find("#compare-handle")
    handle.focus()
    page.page.keyboard.press("End")
    assert handle.get_attribute("aria-valuenow") == "100"
    page.page.keyboard.press("ArrowLeft")
    assert handle.get_attribute("aria-valuenow") == "98"
    page.page.keyboard.press("Home")
    assert handle.get_attribute("aria-valuenow") == "0"


def test_settings_of_the_history_come_back_and_what_is_deleted_is_gone(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    page.set_size(64)
    page.choose(*files)
    page.row("hair", "use").click()
    page.page.fill("#control-gamma-number", "35")
    page.paint()
    page.says("Done")
    page.row("hair", "use").click()
    page.set_size(96)
    page.page.click("#control-gamma-reset")
    page.page.reload()
    page.wait("#paint-button:enabled")
    assert page.page.input_value("#control-gamma-number") == "20"

    page.find("#history-list .card").click()
    page.page.click("#job-use")
    page.page.wait_for_timeout(500)

    assert page.page.input_value("#control-gamma-number") == "35"
    assert page.page.input_value("#control-size-number") == "64"
    assert not page.row("hair", "use").is_checked()
    page.page.click("#job-delete")
    page.find("#history").wait_for(state="hidden")
    assert not page.server.json("/jobs")


def test_the_keyboard_alone_paints_a_picture(page: PaintingPage) -> None:
    press = page.page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(120):
            press("Tab")
            if page.page.evaluate(
                "where => document.activeElement.matches(where)", selector
            ):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    tab_to("#control-size-number")
    press("Control+a")
    page.page.keyboard.type("64")
    press("Enter")
    tab_to("[data-testid^=use-photo-astronaut]")
    press("Enter")
    tab_to("[data-testid^=use-art-portrait]")
    press("Enter")
    page.wait("#paint-button:enabled")
    tab_to("[data-testid=mask-hair-use]")
    press("Space")
    tab_to("#control-strength-number")
    press("ArrowLeft")
    tab_to("#paint-button")
    page.begun(lambda: press("Enter"))
    page.says("Done")
    tab_to("#compare-handle")
    press("ArrowRight")
    tab_to("#job-save")
    press("Enter")
    tab_to("#export-png")
    with page.page.expect_download() as waiting:
        press("Enter")

    job = job_of(page.server, preview=False)
    assert job["keys"] == {"size": 64, "strength": 0.95}
    assert job["masks"]["hair"]["weight"] == 0
    assert Image.open(io.BytesIO(downloaded(waiting.value))).size == (64, 64)


def test_names_from_outside_are_shown_as_text(
    page: PaintingPage, files: tuple[Path, Path]
) -> None:
    name = "<img src=x onerror=alert(1)>.png"
    dialogs: list[str] = []
    page.page.on(
        "dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss())
    )
    hostile = {"name": name, "mimeType": "image/png", "buffer": files[0].read_bytes()}
    page.set_size(64)
    page.page.set_input_files("#file-photo-large", hostile)
    page.page.set_input_files("#file-art-large", files[1])
    page.wait("#paint-button:enabled")
    page.paint()
    page.says("Done")

    shown = page.find("#well-photo-small .well-name").inner_text()
    assert shown == page.draft()["pictures"]["photo"]["name"]
    assert "onerror" in shown
    assert "onerror" in (page.find("#job-title").get_attribute("title") or "")
    assert not page.find("img[src=x]").count() and not dialogs


def test_what_is_no_picture_is_refused_in_words(
    offline: Any, server: Served, files: tuple[Path, Path], tmp_path: Path
) -> None:
    broken, text = tmp_path / "broken.png", tmp_path / "notes.txt"
    broken.write_bytes(files[0].read_bytes()[:200])
    text.write_text("no picture")
    with offline(expected=("status of 400",)) as opened:
        page = PaintingPage(opened, server)
        page.open()
        trouble = page.find("#trouble-photo-large")

        page.page.set_input_files("#file-photo-large", broken)
        trouble.filter(has_text="damaged").wait_for()
        page.page.set_input_files("#file-photo-large", text)
        trouble.filter(has_text="notes.txt is not a picture").wait_for()
        page.page.set_input_files("#file-photo-large", files[0])
        page.find("#well-photo-small .well-name:has-text('photo.png')").wait_for()

        assert trouble.is_hidden()
