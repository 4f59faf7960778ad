"""Frozen layers equal autograd's own, in value and gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from planted import generator, random_vgg19, vgg19
from torch import Tensor

import stylize.encoders.vgg
from stylize import VGG19
from stylize.encoders.frozen import conv_relu, max_pool
from stylize.encoders.vgg import VGG19_CHANNELS


def gradient(call, x: Tensor) -> tuple[Tensor, Tensor]:
    """Value, and gradient of a random combination of its entries."""
    x = x.clone().requires_grad_(True)
    value = call(x)
    weight = torch.randn(value.shape, generator=generator(9), dtype=x.dtype)
    return value, torch.autograd.grad((value * weight).sum(), x)[0]


@pytest.mark.parametrize("size", [(2, 2), (3, 5), (8, 7)])
def test_convolution_equals_autograds(size):
    rng = generator()
    x = torch.randn(1, 3, *size, generator=rng, dtype=torch.float64)
    weight = torch.randn(4, 3, 3, 3, generator=rng, dtype=torch.float64)
    bias = torch.randn(4, generator=rng, dtype=torch.float64)

    def reference(x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias).relu()

    ours = gradient(lambda x: conv_relu(x, weight, bias), x)
    torch.testing.assert_close(ours, gradient(reference, x))


@pytest.mark.parametrize("size", [(2, 2), (5, 4), (7, 7)])
@pytest.mark.parametrize("levels", [2, 1000])
def test_pooling_equals_autograds_even_where_activations_tie(size, levels):
    x = torch.randint(levels, (1, 6, *size), generator=generator()).double()
    ours = gradient(max_pool, x)
    torch.testing.assert_close(ours, gradient(lambda x: F.max_pool2d(x, 2), x))


@pytest.mark.parametrize("size", [(100, 50), (97, 33), (291, 21)])
def test_strips_give_what_the_whole_image_gives(monkeypatch, size):
    # In float64, or a few activations near 0 change sign with the strips.
    encoder, layers = vgg19().double(), ["relu1_1", "relu2_2", "relu3_1", "relu4_1"]
    image = torch.rand(1, 3, *size, generator=generator(1), dtype=torch.float64)

    def encoded(x: Tensor) -> Tensor:
        return torch.cat([f.flatten() for f in encoder(x, layers).values()])

    whole = gradient(encoded, image)
    monkeypatch.setattr(
        stylize.encoders.vgg, "STRIP", 1
    )  # the thinnest strips there are
    for recomputed in (2**19, 0):
        monkeypatch.setattr(stylize.encoders.vgg, "RECOMPUTED", recomputed)
        strips = gradient(encoded, image)
        torch.testing.assert_close(strips, whole, rtol=1e-4, atol=1e-4)


def test_what_backward_needs_is_a_few_bytes_a_pixel():
    # Autograd's own layers would hold 8 bytes an activation: about 2.2 KiB a pixel.
    encoder = vgg19()
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    held: list[int] = []

    def pack(tensor: Tensor) -> Tensor:
        if tensor.dtype != torch.float32 or not _is_weight(encoder, tensor):
            held.append(tensor.numel() * tensor.element_size())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        encoder(image, ["relu4_1"])
    assert 100 < sum(held) / 64**2 < 400


def _is_weight(encoder: VGG19, tensor: Tensor) -> bool:
    return any(tensor.data_ptr() == b.data_ptr() for b in encoder.buffers())


def test_half_precision_comes_close_and_gives_float32():
    options = {"mean": (0.5,) * 3, "std": (0.25,) * 3}
    image = torch.rand(1, 3, 64, 48, generator=generator(2))
    full = VGG19(random_vgg19(), **options)(image, ["relu4_1"])["relu4_1"]
    half = VGG19(random_vgg19(), **options, precision="bfloat16")
    rough = half(image, ["relu4_1"])["relu4_1"]
    assert rough.dtype == torch.float32 and not rough.equal(full)
    assert F.cosine_similarity(rough.flatten(), full.flatten(), dim=0) > 0.999
    with pytest.raises(ValueError, match="float32 or bfloat16, got 'float16'"):
        VGG19(random_vgg19(), **options, precision="float16")


def test_who_asks_for_no_layer_gets_none():
    assert vgg19()(torch.rand(1, 3, 16, 16), []) == {}


def test_all_layers_of_the_network_are_in_order():
    assert list(VGG19_CHANNELS) == sorted(VGG19_CHANNELS)
