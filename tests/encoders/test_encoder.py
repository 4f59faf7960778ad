"""VGG-19: its layers, its strides, and weights from every kind of file."""

from __future__ import annotations

import pytest
import torch
from planted import random_vgg19, vgg19
from safetensors.torch import save_file
from torchvision.models.vgg import cfgs, make_layers

from automask.io.files import file_sha256
from automask.pipeline.encoder_weights import vgg19 as load_vgg19
from stylize import VGG19
from stylize.encoders.vgg import CONVS, VGG19_CHANNELS


@pytest.fixture(scope="module")
def image():
    rng = torch.Generator().manual_seed(3)
    return torch.rand(1, 3, 48, 40, generator=rng)


def torchvision_layers(number: int) -> torch.nn.Sequential:
    """The first layers of torchvision's VGG-19, whose dense ones take seconds."""
    return make_layers(cfgs["E"])[:number].eval()


def torchvision_state() -> dict[str, torch.Tensor]:
    """The planted weights under torchvision's names."""
    layout = torchvision_layers(21)
    numbers = [n for n, m in enumerate(layout) if isinstance(m, torch.nn.Conv2d)]
    weights = random_vgg19()
    return {
        f"features.{n}.{part}": weights[f"{conv}.{part}"]
        for n, conv in zip(numbers, VGG19_CHANNELS, strict=True)
        for part in ("weight", "bias")
    }


def test_features_equal_torchvisions_away_from_the_border():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    image = torch.rand(1, 3, 112, 104, generator=torch.Generator().manual_seed(4))
    reference = torchvision_layers(21)
    reference.load_state_dict(
        {k.removeprefix("features."): v for k, v in torchvision_state().items()}
    )
    shape = (1, 3, 1, 1)
    normalised = (image - torch.tensor(mean).view(shape)) / torch.tensor(std).view(
        shape
    )
    with torch.no_grad():
        expected = reference(normalised)
    ours = VGG19(random_vgg19(), mean=mean, std=std)(image, ["relu4_1"])["relu4_1"]
    inside = (..., slice(5, -5), slice(5, -5))  # relu4_1 sees 34 px around each cell
    torch.testing.assert_close(ours[inside], expected[inside], rtol=1e-3, atol=1e-3)
    assert not torch.allclose(ours, expected, rtol=1e-3, atol=1e-3)


def test_deeper_layers_equal_torchvisions_where_the_weights_have_them():
    reference = torchvision_layers(30)
    numbers = [n for n, m in enumerate(reference) if isinstance(m, torch.nn.Conv2d)]
    for number in numbers:  # of unit scale, or nothing is left after thirteen
        torch.nn.init.kaiming_normal_(reference[number].weight, nonlinearity="relu")
    state = reference.state_dict()
    weights = {
        f"{conv}.{part}": state[f"{n}.{part}"]
        for n, conv in zip(numbers, CONVS, strict=True)
        for part in ("weight", "bias")
    }
    image = torch.rand(1, 3, 176, 176, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        expected = reference(image)[..., 5:6, 5:6]  # the one cell that sees no border
    encoder = VGG19(weights, mean=(0.0,) * 3, std=(1.0,) * 3)
    ours = encoder(image, ["relu5_1", "relu4_2"])
    torch.testing.assert_close(
        ours["relu5_1"][..., 5:6, 5:6], expected, rtol=1e-3, atol=1e-5
    )
    assert ours["relu4_2"].shape == (1, 512, 22, 22)
    assert (encoder.stride("relu5_1"), encoder.radius("relu5_1")) == (16, 70)


def test_sizes_follow_strides_and_only_named_layers_come_back(image):
    encoder = vgg19()
    features = encoder(image, ["relu3_1", "relu1_2"])
    assert {k: tuple(v.shape) for k, v in features.items()} == {
        "relu1_2": (1, 64, 48, 40),
        "relu3_1": (1, 256, 12, 10),
    }
    strides = [encoder.stride(f"relu{n}_1") for n in (1, 2, 3, 4)]
    assert strides == [1, 2, 4, 8]
    with pytest.raises(ValueError, match="unknown layer 'relu9'; choose from relu1_1"):
        encoder(image, ["relu9"])
    with pytest.raises(ValueError, match="end at relu4_1 and lack relu5_1; the offic"):
        encoder(image, ["relu5_1"])


def test_a_flat_image_has_flat_features_up_to_the_border():
    features = vgg19()(torch.full((1, 3, 32, 32), 0.3), ["relu4_1"])["relu4_1"]
    assert features.flatten(2).std(dim=2).max() < 1e-4  # zero padding would show


def test_weights_are_frozen_and_the_image_gets_a_gradient(image):
    encoder = vgg19()
    assert not list(encoder.parameters())
    pixels = image.clone().requires_grad_(True)
    encoder(pixels, ["relu3_1"])["relu3_1"].sum().backward()
    assert pixels.grad is not None and pixels.grad.abs().sum() > 0


def test_caffe_weights_take_bgr_codes(tmp_path, image):
    file = tmp_path / "vgg.safetensors"
    save_file(random_vgg19(), file)
    encoder = load_vgg19(str(file))
    blue_first = image.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(
        1, 3, 1, 1
    )
    plain = random_vgg19()
    padded = torch.nn.functional.pad(blue_first, (1, 1, 1, 1), mode="reflect")
    expected = torch.nn.functional.conv2d(
        padded, plain["conv1_1.weight"], plain["conv1_1.bias"]
    ).relu()
    ours = encoder(image, ["relu1_1"])["relu1_1"]
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-2)
    assert encoder.sha256 == file_sha256(file)


def test_torchvisions_file_is_found_in_its_cache(tmp_path, image, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    torch.save(torchvision_state(), tmp_path / "checkpoints" / "vgg19-dcbb9e9d.pth")
    features = load_vgg19()(image, ["relu1_1"])["relu1_1"]
    shape = (1, 3, 1, 1)
    mean = torch.tensor((0.485, 0.456, 0.406)).view(shape)
    std = torch.tensor((0.229, 0.224, 0.225)).view(shape)
    padded = torch.nn.functional.pad((image - mean) / std, (1, 1, 1, 1), mode="reflect")
    plain = random_vgg19()
    expected = torch.nn.functional.conv2d(
        padded, plain["conv1_1.weight"], plain["conv1_1.bias"]
    ).relu()
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-3)


def test_missing_weights_say_what_to_do_and_nothing_is_fetched(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    with pytest.raises(ValueError, match="encoder.download=true.*encoder.weights=FILE"):
        load_vgg19()


def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fail)
    with pytest.raises(
        ValueError, match="could not be downloaded.*encoder.weights=FILE"
    ):
        load_vgg19(download=True)


def test_files_that_are_no_vgg19_are_refused(tmp_path):
    with pytest.raises(ValueError, match="not found"):
        load_vgg19(str(tmp_path / "none.pth"))
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"not a zip")
    with pytest.raises(ValueError, match="not a readable weights file"):
        load_vgg19(str(broken))
    other = tmp_path / "other.safetensors"
    save_file({"layer": torch.zeros(2)}, other)
    with pytest.raises(ValueError, match="no VGG-19: its keys start with"):
        load_vgg19(str(other))
    short = tmp_path / "short.safetensors"
    save_file({k: v for k, v in random_vgg19().items() if "conv4_1" not in k}, short)
    with pytest.raises(ValueError, match="lack conv4_1"):
        load_vgg19(str(short))
    thin = random_vgg19() | {"conv2_1.weight": torch.zeros(64, 64, 3, 3)}
    wrong = tmp_path / "wrong.safetensors"
    save_file(thin, wrong)
    with pytest.raises(
        ValueError, match=r"conv2_1 of VGG-19 has shape \(128, 64, 3, 3\)"
    ):
        load_vgg19(str(wrong))
