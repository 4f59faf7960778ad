"""What a run will take: told beforehand, and kept within limits by tiles."""

from __future__ import annotations

from dataclasses import replace
from mmap import mmap

import pytest
import torch
from planted import TinyEncoder, generator
from stylize.forecast import Forecast, fitted, forecast, smallest
from stylize.probe import Probe, probe

from automask.io.memory import available, peak, resident
from automask.pipeline.forecast import duration, said
from stylize import (
    LBFGS,
    MRF,
    Content,
    Every,
    Picture,
    Pyramid,
    Stylizer,
    Tiles,
    without_masks,
)

FOUND = Probe(kept=400.0, features=22.0, history=20, seconds=5e-7, search=5e-12)
LAYERS = ["relu3_1", "relu4_1"]


def painter(**options) -> Stylizer:
    terms = {
        "style": MRF(1.0, LAYERS, 20.0, refresh=Every(10)),
        "content": Content(0.3, ["relu4_1"]),
    }
    return Stylizer(TinyEncoder(), terms, Pyramid(3), [40, 20], **options)


def blank(side: int) -> Picture:
    return without_masks(torch.zeros(1, 3, 1, 1).expand(1, 3, side, side))


def test_four_times_the_pixels_take_about_four_times_the_memory_of_one_piece():
    small, large = (
        forecast(painter(), blank(side), [blank(256)], FOUND).mebibytes
        for side in (512, 1024)
    )
    assert 3 < (large - 64) / (small - 64) < 4.5


def test_tiles_bound_the_memory_and_the_whole_picture_the_time():
    tiled = painter(tiles=Tiles(512, 512, 64))
    small, large = (
        forecast(tiled, blank(side), [blank(512)], FOUND) for side in (2048, 4096)
    )
    assert large.mebibytes - small.mebibytes < 12 * 50  # the pictures themselves
    assert 3 < large.seconds / small.seconds < 6
    assert large.tiles > 2 * small.tiles > 0 and small.levels == 3


def test_what_fits_stays_as_it_is():
    stylizer = painter()
    assert fitted(stylizer, blank(1024), [blank(512)], FOUND, 1e6) is stylizer


def test_less_memory_makes_smaller_tiles_that_keep_to_it():
    pair = blank(1024), [blank(512)]
    whole = forecast(painter(), *pair, FOUND).mebibytes
    sides = []
    for share in (0.7, 0.5, 0.3):
        chosen = fitted(painter(), *pair, FOUND, share * whole)
        assert chosen is not None
        assert forecast(chosen, *pair, FOUND).mebibytes <= share * whole
        sides.append(chosen.tiles.side)
    assert sides == sorted(sides, reverse=True) and sides[0] > sides[-1]


def test_what_no_tiles_make_fit_is_refused_and_the_least_is_known():
    pair = blank(1024), [blank(512)]
    assert fitted(painter(), *pair, FOUND, 80) is None
    least = forecast(smallest(painter(), pair[0]), *pair, FOUND).mebibytes
    assert fitted(painter(), *pair, FOUND, least) is not None


def test_a_probe_counts_what_backward_keeps_and_what_the_layers_hold():
    image = torch.rand(1, 3, 96, 96, generator=generator())
    pair = without_masks(image), [without_masks(image)]
    found = probe(painter(optimizer=LBFGS(3)), *pair)
    assert found.features == pytest.approx(4 * (8 / 4 + 8 / 16))
    assert found.history == 6 and found.seconds > 0 and found.search > 0
    # Pooled by two, 3 and 8 channels; by four, 8 and 8, of 4 bytes each, at least.
    assert found.kept >= 4 * ((3 + 8) / 4 + (8 + 8) / 16)


def test_more_searches_take_more_time():
    pair = blank(512), [blank(512)]
    rare, often = (
        replace(painter(), terms={"style": MRF(1.0, LAYERS, 0.0, refresh=Every(steps))})
        for steps in (20, 1)
    )
    few, many = (forecast(each, *pair, FOUND).seconds for each in (rare, often))
    assert many > 1.5 * few


def test_memory_is_measured_in_mebibytes():
    held = resident()
    with mmap(-1, 2**25) as block:  # 32 MiB, none of it pages that torch has freed
        for page in range(0, len(block), 4096):
            block[page] = 1
        assert 24 < resident() - held < 64
        assert peak() >= resident() - 1 and available() > 1


def test_the_line_is_plain():
    taken = Forecast(mebibytes=1024.0, seconds=700.0, levels=4, tiles=12)
    assert said(taken, 10**6).endswith("GiB and 12 min: 4 levels, 12 tiles")
    one = replace(taken, seconds=7.0, levels=1, tiles=0)
    assert said(one, 10**6).endswith("and 5 s: 1 level")
    assert [duration(s) for s in (1, 88, 100, 3600, 7200)] == [
        *("5 s", "90 s", "2 min", "60 min", "2.0 h")
    ]
