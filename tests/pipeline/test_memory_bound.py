"""The most that painting takes: told beforehand, and kept within limits by tiles."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from batch_jobs import ENVIRON
from omegaconf import OmegaConf
from planted import TinyEncoder

from automask.io import memory
from automask.io.memory import available, peak, resident
from automask.pipeline import memory_bound
from automask.pipeline.memory_bound import WORKING, bound, within_memory
from stylize import (
    LBFGS,
    MRF,
    Content,
    Copies,
    Picture,
    Pyramid,
    Stylizer,
    Tiles,
    without_masks,
)

HELD, PEAK = 600.0, 700.0  # MiB of the process that is pretended


def painter(name: str = "lite", **options) -> Stylizer:
    terms = {
        "style": MRF(1.0, ["relu3_1", "relu4_1"], 20.0),
        "content": Content(0.3, ["relu4_1"]),
    }
    encoder = TinyEncoder()
    encoder.name = name
    return Stylizer(encoder, terms, Pyramid(3), [4], **options)


def blank(side: int) -> Picture:
    return without_masks(torch.zeros(1, 3, 1, 1).expand(1, 3, side, side))


def beyond(stylizer: Stylizer, side: int, style: int = 256) -> float:
    """MiB that grow with the picture."""
    return bound(stylizer, blank(side), [blank(style)]) - WORKING


@pytest.fixture
def planned(monkeypatch):
    """Plan a picture of 1024 px within so many MiB, in a process that holds some."""
    monkeypatch.setattr(memory_bound, "resident", lambda: HELD)
    monkeypatch.setattr(memory_bound, "peak", lambda: PEAK)

    def call(mebibytes: float | None, side: int = 1024) -> tuple[Stylizer, str]:
        shown = SimpleNamespace(content=blank(side), styles=[blank(768)])
        config = OmegaConf.create({"hardware": {"memory": mebibytes}})
        return within_memory(config, painter(), shown, torch.device("cpu"))

    return call


def test_four_times_the_pixels_need_about_four_times_the_memory():
    assert 3 < beyond(painter(), 1024) / beyond(painter(), 512) < 4.5


@pytest.mark.parametrize(
    "more",
    [
        {"name": "vgg19"},
        {"optimizer": LBFGS(25)},
        {"copies": Copies(1, 1)},
        {"tiles": Tiles(2048, 1024, 64)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_takes_more_is_reckoned_with_more(more):
    assert beyond(painter(**more), 1600) > beyond(painter(), 1600)


def test_a_larger_style_and_more_masks_need_more():
    content, style = blank(512), blank(256)
    masks = replace(content, masks=torch.zeros(5, 512, 512), names=tuple("abcde"))
    least = bound(painter(), content, [style])
    assert bound(painter(), content, [blank(512)]) > least
    assert bound(painter(), masks, [style]) > least


def test_an_encoder_of_ones_own_is_taken_for_the_largest_that_is_known():
    assert beyond(painter("own"), 512) == beyond(painter("vgg19"), 512)


def test_tiles_bound_what_grows_with_the_picture():
    tiled = painter(tiles=Tiles(512, 512, 64))
    grown = beyond(tiled, 4096) - beyond(tiled, 2048)
    assert 0 < grown < 12 * 50  # MiB of 12 megapixels, the pictures themselves


def test_what_fits_stays_as_it_is(planned):
    stylizer, said = planned(10_000)
    assert stylizer.tiles == painter().tiles
    assert said.startswith("Needs up to ") and said.endswith(" GiB: 3 levels")


def test_less_memory_makes_smaller_tiles_that_keep_to_it(planned):
    whole = bound(painter(), blank(1024), [blank(768)])
    sides = []
    for share in (0.9, 0.5, 0.3):
        limit = HELD + share * whole
        stylizer, said = planned(limit)
        assert HELD + bound(stylizer, blank(1024), [blank(768)]) <= limit
        assert " tiles" in said and float(said.split()[3]) <= limit / 1024 + 0.05
        sides.append(stylizer.tiles.side)
    assert sides == sorted(sides, reverse=True) and sides[0] > sides[-1]


def test_what_no_tiles_make_fit_is_refused_in_one_line_with_what_would(planned):
    with pytest.raises(ValueError, match="at least .* allows 690; raise it") as refused:
        planned(690)
    assert "\n" not in str(refused.value)
    needed = int(str(refused.value).split("at least ")[1].split()[0])
    with pytest.raises(ValueError, match="at least"):
        planned(needed - 1)
    assert planned(needed + 1)[0].tiles.side <= 256


def test_without_a_limit_a_share_of_what_is_left_is_one(planned, monkeypatch):
    monkeypatch.setattr(memory_bound, "available", lambda: 10_000.0)
    assert planned(None)[0].tiles == painter().tiles
    monkeypatch.setattr(memory_bound, "available", lambda: 1_000.0)
    assert planned(None)[0].tiles.side < painter().tiles.side
    stylizer, said = planned(None, 640)  # small enough for any machine
    assert stylizer.tiles == painter().tiles and not said


def test_memory_is_measured_in_mebibytes():
    held = resident()
    with mmap(-1, 2**25) as block:  # 32 MiB, none of it pages that torch has freed
        for page in range(0, len(block), 4096):
            block[page] = 1
        assert 24 < resident() - held < 64
        assert peak() >= resident() - 1 and available() > 1


def test_no_library_of_linux_is_asked_for_elsewhere(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    memory.release_memory()


@pytest.mark.slow
def test_a_run_keeps_within_the_least_that_it_says_it_needs(
    tmp_path: Path, photo: Path, painting: Path
):
    def run(mebibytes: int) -> subprocess.CompletedProcess[str]:
        words = ["style=painting.png", "content=photo.png", "size=704", "masks=none"]
        words += ["stylizer.iterations=[1,1,1,2]", "out=tiled.png"]
        words += [f"hardware.memory={mebibytes}"]
        command = [sys.executable, "-m", "automask.run", *words]
        keys = {"cwd": tmp_path, "env": ENVIRON, "capture_output": True, "text": True}
        return subprocess.run(command, **keys)

    refused = run(760)  # more than the libraries hold, too little to paint
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    least = int(refused.stderr.split("at least ")[1].split()[0]) + 20
    done = run(least)
    assert done.returncode == 0 and " tiles" in done.stdout, done
    record = json.loads((tmp_path / "tiled.run" / "run.json").read_text())
    assert record["peak_memory_mib"] <= least
    assert record["tiles"]["side"] < 704


def test_unsure_masks_of_a_style_take_one_plane_more():
    sure = Picture(torch.zeros(1, 3, 256, 256), torch.ones(1, 256, 256), ("a",))
    unsure = replace(sure, confidence=(0.5,))
    needed = [bound(painter(), sure, [style]) for style in (sure, unsure)]
    more = bound(painter(), replace(sure, unmatched={"b": sure.masks[0]}), [sure])
    assert needed[0] < needed[1] == pytest.approx(more)
