"""The scripts that measure speed and encoders run, on random weights at small size."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
import torch
from planted import generator, vgg19
from safetensors.torch import save_file

pytestmark = pytest.mark.usefixtures("scripts")
WIDTHS = {"11": (3, 16), "12": (16, 16), "21": (16, 32), "22": (32, 32), "31": (32, 64)}
WIDTHS |= {n: (64, 64) for n in ("32", "33", "34")} | {"41": (64, 128)}


def compressed_file(folder: Path) -> Path:
    rng, state = generator(1), {"conv0.weight": torch.eye(3)[..., None, None]}
    state["conv0.bias"] = torch.zeros(3)
    for number, (inputs, outputs) in WIDTHS.items():
        noise = torch.randn(outputs, inputs, 3, 3, generator=rng)
        state[f"conv{number}.weight"] = noise / (inputs * 4) ** 0.5
        state[f"conv{number}.bias"] = torch.zeros(outputs)
    save_file(state, folder / "compressed.safetensors")
    return folder / "compressed.safetensors"


def test_every_encoder_paints_each_pair_and_is_judged(tmp_path):
    script = importlib.import_module("evaluate_encoder")
    pairs = [script.read_pair("coffee", "hokusai", 64, masks=True)]
    peer = script.Compressed(compressed_file(tmp_path))
    encoders = {"lite": script.lite(), "compressed": peer, "vgg19": vgg19()}
    words = ["stylizer.iterations=[1]"]
    script.pictures(pairs, encoders, tmp_path / "out", words)
    kept = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert set(kept) == {f"{pairs[0].name} {name}" for name in encoders}
    assert all(row["energy"] > 0 and len(row["strokes"]) == 3 for row in kept.values())
    assert (tmp_path / "out" / "sheet.png").exists()


def test_a_peer_is_compared_round_by_round_and_the_median_ratio_counts():
    script = importlib.import_module("evaluate_encoder")
    taken = {"lite": [1, 2, 4], "vgg19": [10, 10, 100], "torchvision": [3, 6, 4]}
    row = script._compared("32", taken)["lite 32"]
    assert row == {"ms": 2000, "vgg19 over it": 10, "torchvision over it": 3}


def test_passes_and_whole_runs_are_timed_for_every_encoder_and_torchvision():
    script = importlib.import_module("evaluate_encoder")
    encoders = {"lite": script.lite(), "vgg19": vgg19()}
    table = script.speed([32], encoders, rounds=1)
    pair = script.read_pair("coffee", "hokusai", 64, masks=True)
    table |= script.run([pair], encoders, 1, ["stylizer.iterations=[1]"])
    names = ("lite", "vgg19", "torchvision")
    assert set(table) == {f"{k} {what}" for k in names for what in ("32", pair.name)}


def test_torchvision_s_vgg_sees_what_ours_sees_but_for_the_border():
    plain = importlib.import_module("evaluating.plain").Plain(vgg19())
    image, layers = torch.rand(1, 3, 128, 128, generator=generator(2)), ["relu3_1"]
    ours, theirs = (e(image, layers)["relu3_1"] for e in (vgg19(), plain))
    inner = (..., slice(8, -8), slice(8, -8))
    torch.testing.assert_close(theirs[inner], ours[inner], rtol=1e-3, atol=1e-4)


def test_the_compressed_encoder_sees_as_far_as_vgg(tmp_path):
    script = importlib.import_module("evaluate_encoder")
    peer, vgg = script.Compressed(compressed_file(tmp_path)), vgg19()
    for layer in ("relu1_1", "relu3_1", "relu4_1"):
        assert peer.stride(layer) == vgg.stride(layer)
        assert peer.radius(layer) == vgg.radius(layer)


def test_the_bench_measures_a_run_with_the_product_s_own_terms():
    painting = importlib.import_module("benching.painting")
    ((what, px, _, ms, peer, peer_ms, *_, masks, _),) = painting.run_rows(96, 2, "lite")
    assert (what, px, peer) == ("run", 96, "each step")
    assert ms > 0 and peer_ms > 0 and masks > 5
    lite, vgg = painting.encoder_of("lite"), painting.encoder_of(None)
    weights = [
        painting.painter(encoder, 2, 1).terms["content"].weight
        for encoder in (lite, vgg)
    ]
    assert weights[0] < weights[1]  # each encoder has a balance of its own
