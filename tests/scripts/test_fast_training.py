"""What scripts/train_fast.py learns from, and that it learns."""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest
import torch

from automask.images.image_files import write_image
from automask.io.files import file_sha256
from automask.pipeline.fast_nets import read_net
from stylize import Picture

REGIONS = ("sky", "background")


@pytest.fixture
def script(scripts):
    return import_module("train_fast")


@pytest.fixture
def photo(script):
    """Sky over a wall with a face, 240 px wide."""
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.integers(0, 256, (1, 3, 160, 240))).to(torch.uint8)
    masks = torch.zeros(3, 40, 60, dtype=torch.uint8)
    masks[0, :20], masks[1, 20:], masks[2, 24:30, 20:30] = 255, 255, 255
    masks[1, 24:30, 20:30] = 0
    return script.MaskedPhoto(image, masks, ("sky", "building", "eyes"))


def test_samples_are_partitions_of_any_kind(photo):
    from training.fast_sample import CROP, fast_sample

    rng = np.random.default_rng(0)
    kinds, recolored, eyes = set(), set(), set()
    for _ in range(40):
        sample = fast_sample(photo, REGIONS, rng)
        assert sample.image.shape == (1, 3, CROP, CROP)
        assert 0 <= sample.image.min() and sample.image.max() <= 1
        assert sample.masks.shape == (2, CROP, CROP) and sample.masks.min() >= 0
        assert sample.masks.sum(dim=0).max() <= 1 + 1e-4
        shown = tuple(bool(mask.max() > 0.9) for mask in sample.masks)
        kinds.add((shown, bool(sample.masks.std() > 0.01)))
        recolored.add(sample.recolored)
        eyes.add(round(float(sample.emphasis.max())))
    single = {((True, False), True), ((False, True), True), ((False, False), False)}
    assert single | {((True, True), True)} <= kinds
    assert recolored == {False, True} and eyes == {1, 4}


def test_regions_that_the_network_lacks_count_as_its_background(photo):
    from training.fast_sample import _own

    planes = photo.masks.float() / 255
    masks = _own(photo.names, planes, REGIONS)
    assert masks[0].equal(planes[0]) and masks[1].equal(planes[1] + planes[2])
    assert _own(photo.names, planes, ("sky",))[0].equal(planes[0])


def test_a_region_wants_the_texture_that_the_style_has_there(script):
    """Stripes in the sky, dots elsewhere: swapped masks cost more."""
    from training.region_texture import region_texture

    from automask.pipeline.encoder_weights import lite
    from stylize.encoders.encoder import encode

    image = torch.zeros(1, 3, 128, 128)
    image[..., :64, ::8] = 1
    image[..., 64::6, ::6] = 1
    masks = torch.zeros(3, 128, 128)
    masks[0, :64], masks[1, 64:], masks[2] = 1, 1, 1
    style = Picture(image, masks, (*REGIONS, "rest"))
    encoder, layers = lite(), ["stage2", "relu3_1"]
    texture = region_texture(encoder, style, dict.fromkeys(layers, 1.0))
    masks = masks.clone()
    masks[2] = 0
    right = Picture(image, masks, style.names)
    wrong = Picture(image, masks[[1, 0, 2]], style.names)
    losses = [float(texture(encode(encoder, each, layers))) for each in (right, wrong)]
    assert losses[0] < 0.01 * losses[1]


@pytest.mark.slow
def test_training_can_be_repeated_and_gone_on_with(
    script, tmp_path, monkeypatch, capsys
):
    (tmp_path / "photos").mkdir()
    rng = torch.Generator().manual_seed(0)
    for name in ("one", "two"):
        coarse = torch.rand(1, 3, 6, 8, generator=rng)
        image = torch.nn.functional.interpolate(coarse, (192, 256), mode="bilinear")
        write_image(tmp_path / "photos" / f"{name}.png", image)
    threads = torch.get_num_threads()

    def trained(out: str, *words: str) -> str:
        argv = ["train_fast.py", "style=vangogh", "--photos", str(tmp_path / "photos")]
        argv += ["--cache", str(tmp_path / "cache"), "--out", str(tmp_path / out)]
        monkeypatch.setattr(sys, "argv", [*argv, *words])
        script.main()
        return file_sha256(tmp_path / out)

    try:
        first = trained("a.safetensors", "--steps", "3")
        assert first == trained("b.safetensors", "--steps", "3")
        assert first != trained("c.safetensors", "--steps", "3", "--seed", "1")
        assert "one.png" in capsys.readouterr().out
        start = ("--start", str(tmp_path / "a.safetensors"))
        assert first != trained("d.safetensors", "--steps", "1", *start)
        assert "one.png" not in capsys.readouterr().out  # its masks are kept
    finally:
        torch.set_num_threads(threads)
    regions, sha256, state = read_net(tmp_path / "d.safetensors")
    assert regions == ["sky", "grass", "background"]
    assert all(weight.dtype == torch.float16 for weight in state.values())


@pytest.mark.slow
def test_the_loss_falls_on_one_crop(script, photo):
    from training.fast_objective import fast_objective
    from training.fast_sample import fast_sample

    style = script.style_regions(script.source_of("vangogh").path, script.finder())
    objective = fast_objective(style, content=0.5)
    torch.manual_seed(0)
    net = script.FastNet(style.names[:-1])
    sample = fast_sample(photo, net.regions, np.random.default_rng(0))
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    losses = []
    for _ in range(8):
        loss = objective(net, sample)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    assert all(norm.paint.grad.abs().max() > 0 for norm in net.norms)
