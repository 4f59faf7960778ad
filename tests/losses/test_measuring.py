"""The scripts that measure speed and encoders run, on random weights at small size."""

from __future__ import annotations

import importlib

import pytest
import torch
from planted import generator, vgg19

pytestmark = pytest.mark.usefixtures("scripts")


@pytest.mark.slow
def test_every_network_is_timed_on_a_forward_and_a_backward_pass():
    script = importlib.import_module("evaluate_encoder")
    networks = script.networks_of({"lite": script.lite(), "vgg19": vgg19()})
    table = script.speed(32, networks, rounds=1)
    assert set(table) == {"lite 32", "vgg19 32", "torchvision 32"}


def test_a_peer_is_compared_round_by_round_and_the_median_ratio_counts(monkeypatch):
    script = importlib.import_module("evaluate_encoder")
    warm_up, *rounds = (99, 9, 9), (1, 10, 3), (2, 10, 6), (4, 100, 4)
    times = iter([s for each in (warm_up, *rounds) for s in each])
    monkeypatch.setattr(script, "seconds", lambda call: next(times))
    networks = dict.fromkeys(("lite", "vgg19", "torchvision"))
    row = script.speed(32, networks, rounds=3)["lite 32"]
    assert row == {"ms": 2000, "vgg19 over it": 10, "torchvision over it": 3}


@pytest.mark.slow
def test_an_encoder_is_as_good_as_the_judge_that_it_is_and_chance_is_worse():
    script = importlib.import_module("evaluate_encoder")
    pairs = [[torch.rand(1, 3, 96, 96, generator=generator(n)) for n in (1, 2)]]
    judge = vgg19()
    assert set(script.match_ratios(pairs, judge, judge).values()) == {1.0}
    assert max(script.match_ratios(pairs, None, judge).values()) < 1


@pytest.mark.slow
def test_the_bench_measures_a_run_of_the_product():
    row = importlib.import_module("benching.whole_runs").run_row(96, 2, "lite")
    assert (row["what"], row["px"]) == ("run", 96)
    assert row["ms"] > 0 and row["searches"] > 0 and row["masks"] > 5


def test_a_search_is_exact_and_so_is_the_peer_s():
    searches = importlib.import_module("benching.searches")
    query, (style,) = searches.maps(64, 8, 4, 3, 1)
    found = searches.nearest_patches(query, searches.index_styles([style]))
    assert searches.is_exact(query, style, found)
    assert not searches.is_exact(query, style, found.flip(0))
    rows = found // 16 * 14 + found % 16
    peer = searches.by_unfold(query, style)
    assert peer.equal(rows.flatten())
