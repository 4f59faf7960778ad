"""The embedded encoder: its shipped file, its shapes, and what its gradient lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from planted import generator, vgg19
from safetensors.torch import save_file

from automask.io.files import file_sha256
from automask.pipeline.encoder_weights import LITE, lite
from stylize import Lite

LAYERS = ["relu3_1", "relu4_1"]
CARD = Path(LITE).with_name("README.md")


@pytest.fixture(scope="module")
def shipped() -> Lite:
    return lite()


@pytest.fixture(scope="module")
def image() -> torch.Tensor:
    return torch.rand(1, 3, 67, 50, generator=generator(3))


def gradient(encoder: Lite, image: torch.Tensor) -> torch.Tensor:
    """Of a random combination of all outputs, with respect to the pixels."""
    pixels, rng = image.clone().requires_grad_(True), generator(5)
    sums = [
        (features * torch.randn(features.shape, generator=rng)).sum()
        for features in encoder(pixels, LAYERS).values()
    ]
    (found,) = torch.autograd.grad(torch.stack(sums).sum(), pixels)
    return found


def test_the_shipped_file_is_the_one_its_card_describes():
    assert file_sha256(LITE) in CARD.read_text()
    assert lite().sha256 == file_sha256(LITE)


def test_the_shipped_file_is_at_most_two_mebibytes():
    assert LITE.stat().st_size <= 2 * 2**20


def test_its_cells_lie_where_those_of_vgg19_lie(shipped, image):
    ours, theirs = shipped(image, LAYERS), vgg19()(image, LAYERS)
    for layer, channels in zip(LAYERS, (64, 96), strict=True):
        assert ours[layer].shape == (1, channels, *theirs[layer].shape[2:])
        assert shipped.stride(layer) == vgg19().stride(layer)


def test_one_layer_alone_is_the_same_as_among_both(shipped, image):
    both = shipped(image, LAYERS)
    for layer in LAYERS:
        torch.testing.assert_close(shipped(image, [layer])[layer], both[layer])


def test_the_same_image_gives_the_same_activations_and_gradient(shipped, image):
    again = lite()
    for layer, features in shipped(image, LAYERS).items():
        assert features.equal(again(image, LAYERS)[layer])
    assert gradient(shipped, image).equal(gradient(again, image))


def test_its_weights_are_frozen(shipped, image):
    assert not any(weight.requires_grad for weight in shipped.parameters())
    assert not shipped(image, LAYERS)["relu3_1"].requires_grad


def test_every_pixel_gets_a_gradient(shipped, image):
    inner = gradient(shipped, image)[..., :64, :48]  # beyond, cells are not whole
    assert (inner.abs().sum(dim=1) > 0).all()


def test_the_gradient_holds_no_fine_colour_noise(shipped):
    image = torch.rand(1, 3, 64, 64, generator=generator(4))
    found = gradient(shipped, image)[0]
    chroma = found - found.mean(dim=0)
    y, x = torch.fft.fftfreq(64)[:, None], torch.fft.fftfreq(64)
    fine = (y.square() + x.square()).sqrt() > 0.25  # above half the Nyquist frequency
    power = torch.fft.fft2(chroma).abs().square()
    assert (power * fine).sum() < 0.05 * power.sum()


def test_activations_are_near_unit_scale(shipped):
    smooth = torch.nn.functional.interpolate(
        torch.rand(1, 3, 12, 12, generator=generator(6)), (96, 96), mode="bicubic"
    ).clamp(0, 1)
    for features in shipped(smooth, LAYERS).values():
        assert 0.2 < features.square().mean().sqrt() < 5


def test_unknown_layers_are_named(shipped, image):
    with pytest.raises(ValueError, match="unknown layer 'relu1_1'; choose from stage1"):
        shipped(image, ["relu1_1"])
    with pytest.raises(ValueError, match="unknown layer 'conv4_2'"):
        shipped.stride("conv4_2")


def test_files_of_other_networks_are_refused(tmp_path):
    other = tmp_path / "other.safetensors"
    save_file({"layer": torch.zeros(2)}, other)
    with pytest.raises(ValueError, match="lack grey.weight"):
        lite(str(other))
    wider = {k: w.contiguous() for k, w in Lite().state_dict().items()}
    save_file(wider | {"halves.0.bias": torch.zeros(7)}, other)
    with pytest.raises(ValueError, match=r"halves.0.bias has shape \(32,\), got"):
        lite(str(other))
    with pytest.raises(ValueError, match="not found"):
        lite(str(tmp_path / "none.safetensors"))


def test_a_file_of_ones_own_takes_the_place_of_the_shipped(tmp_path, image):
    torch.manual_seed(1)
    own = Lite()
    file = tmp_path / "own.safetensors"
    save_file({k: w.contiguous() for k, w in own.state_dict().items()}, file)
    expected = own(image, LAYERS)["relu4_1"].detach()
    torch.testing.assert_close(lite(str(file))(image, LAYERS)["relu4_1"], expected)
