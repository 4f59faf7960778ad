"""scripts/train_lite.py: a student learns from a planted teacher, and goes on."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from planted import generator
from safetensors.torch import load_file

from automask.pipeline.encoder_weights import lite

pytestmark = pytest.mark.usefixtures("scripts")


def teacher(_: str):
    """Mixtures of local means and edges, of as many channels as VGG-19 has."""
    mixes = {
        layer: torch.randn(channels, 6, 1, 1, generator=generator(channels))
        for layer, channels in (("relu3_1", 256), ("relu4_1", 512))
    }

    def encoder(image: torch.Tensor, layers: list[str]) -> dict[str, torch.Tensor]:
        found = {}
        for layer, stride in (("relu3_1", 4), ("relu4_1", 8)):
            mean = F.avg_pool2d(image, stride)
            spread = F.avg_pool2d(image.square(), stride) - mean.square()
            found[layer] = F.conv2d(torch.cat([mean, 10 * spread], 1), mixes[layer])
        return {layer: found[layer] for layer in layers}

    return encoder


@pytest.fixture
def train(monkeypatch, tmp_path, capsys):
    """Call the script on few pictures; gives the figures that it prints."""
    script = importlib.import_module("train_lite")
    monkeypatch.setattr(script, "vgg19", teacher)
    monkeypatch.setattr(script, "HELD", 32)
    monkeypatch.setattr(script, "SAMPLE", 16)
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        codes = rng.integers(0, 256, (12, 16, 3), np.uint8)
        picture = Image.fromarray(codes).resize((240, 180), Image.Resampling.BICUBIC)
        picture.save(tmp_path / "photos" / f"{number}.png")
    fixed = [tmp_path / "photos", "--teacher", "none", "--work", tmp_path / "work"]

    def call(out: Path, *words: object) -> list[dict[str, float]]:
        typed = ["train_lite.py", "--data", *fixed, "--out", out, *words]
        monkeypatch.setattr(sys, "argv", [str(word) for word in typed])
        script.main()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


@pytest.mark.slow
def test_a_student_learns_and_goes_on_with_pairs_and_gradients(train, tmp_path):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    (early,) = train(first, "--crops", 64, "--steps", 2)
    assert (early["step"], early["crops"]) == (2, 64)
    (late,) = train(
        *(second, "--crops", 160, "--steps", 10, "--moved-by", first),
        *("--gradients", 16, "--near", 96),
    )
    assert (late["step"], late["crops"]) == (10, 160)
    assert {"value", "plain", "centred", "move", "gradient", "near"} < set(late)
    assert late["relu3_1 error"] < early["relu3_1 error"]
    assert 0 < late["relu4_1 match"] <= 1
    before, after = load_file(first), load_file(second)
    assert all(not after[key].equal(before[key]) for key in before)
    assert lite(str(second)).sha256 != lite(str(first)).sha256


def test_an_update_moves_every_weight_against_its_gradient():
    student = importlib.import_module("distilling.student")
    training = student.Training(student.untrained())
    before = [weight.detach().clone() for weight in training.student.parameters()]
    for weight in training.student.parameters():
        weight.grad = torch.ones_like(weight)
    training.update(1)
    for weight, old in zip(training.student.parameters(), before, strict=True):
        assert (weight < old).all()


def test_directions_are_orthogonal_and_may_be_turned_to_a_student_s():
    answers = importlib.import_module("distilling.teacher_answers")
    features = torch.randn(4, 12, 6, 6, generator=generator())
    basis = answers.principal(features, 5)
    gram = basis.T @ basis
    torch.testing.assert_close(gram, gram[0, 0] * torch.eye(5), rtol=1e-4, atol=1e-4)
    known = answers.projected(features, basis)[:, [3, 1]]
    turned = answers.aligned(basis, features, known)
    again = answers.projected(features, turned)[:, :2]
    cosine = F.cosine_similarity(again, known, dim=1)
    assert cosine.mean() > 0.99
    assert (
        F.cosine_similarity(known, answers.projected(features, basis)[:, :2]).mean()
        < 0.5
    )
