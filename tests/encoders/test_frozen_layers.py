"""Frozen layers and strips equal autograd's own layers, in value and gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator, random_vgg19, vgg19
from torch import Tensor

import stylize.encoders.vgg
from stylize import VGG19, Lite
from stylize.encoders.frozen_layers import conv_relu, conv_silu, mean_pool
from stylize.encoders.vgg import VGG19_CHANNELS


def convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)


def plain_silu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The same of autograd's own parts."""
    y = F.silu(convolved(x, weight, bias))
    return x + y if x.shape == y.shape else y


def plain_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return convolved(x, weight, bias).relu()


def gradient(y: Tensor, x: Tensor) -> Tensor:
    """Of a random combination of the entries."""
    weight = torch.randn(y.shape, generator=generator(1), dtype=y.dtype)
    return torch.autograd.grad((y * weight).sum(), x)[0]


@given(
    batch=st.integers(1, 2),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(st.integers(2, 7), st.integers(2, 7)),
    last=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_value_and_gradient_are_those_of_autograds_layers(
    batch, channels, size, last, seed
):
    rng = generator(seed)
    x = torch.randn(batch, channels[0], *size, generator=rng, dtype=torch.float64)
    if last:
        x = x.contiguous(memory_format=torch.channels_last)
    shape = (channels[1], channels[0], 3, 3)
    weight = torch.randn(shape, generator=rng, dtype=torch.float64)
    bias = torch.randn(channels[1], generator=rng, dtype=torch.float64)
    before, held = x.clone(), x.requires_grad_(True)
    for frozen, autograds in ((conv_silu, plain_silu), (conv_relu, plain_relu)):
        ours, plain = frozen(held, weight, bias), autograds(held, weight, bias)
        torch.testing.assert_close(ours, plain)
        torch.testing.assert_close(gradient(ours, held), gradient(plain, held))
        assert held.equal(before)
    pooled = mean_pool(held), F.avg_pool2d(held, 2)
    torch.testing.assert_close(*pooled)
    torch.testing.assert_close(*(gradient(each, held) for each in pooled))


def test_weights_in_training_get_their_gradient_and_a_second_one():
    rng = generator()
    x = torch.randn(1, 2, 5, 4, generator=rng, requires_grad=True)
    weight = torch.randn(2, 2, 3, 3, generator=rng, requires_grad=True)
    bias = torch.randn(2, generator=rng, requires_grad=True)
    found = []
    for layer in (conv_silu, plain_silu):
        y = layer(x, weight, bias)
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        found.append(torch.autograd.grad(first.square().sum(), (weight, bias)))
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain)


def test_a_second_gradient_through_frozen_weights_is_refused():
    x = torch.randn(1, 2, 5, 4, generator=generator(), requires_grad=True)
    y = conv_silu(x, torch.ones(2, 2, 3, 3), torch.zeros(2))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        first.square().sum().backward()


def test_a_frozen_encoder_answers_as_one_in_training():
    torch.manual_seed(0)
    trained = Lite()
    frozen = Lite(trained.state_dict())
    image = torch.rand(2, 3, 37, 50, generator=generator(), requires_grad=True)
    for layer in ("relu3_1", "relu4_1"):
        own, features = (each(image, [layer])[layer] for each in (frozen, trained))
        torch.testing.assert_close(own, features)
        torch.testing.assert_close(gradient(own, image), gradient(features, image))


@pytest.mark.parametrize("size", [(4, 6), (5, 7)])
def test_a_mean_has_a_second_gradient(size):
    x = torch.randn(1, 2, *size, generator=generator(), dtype=torch.float64)
    x.requires_grad_(True)
    assert torch.autograd.gradgradcheck(lambda x: mean_pool(x).sin(), x)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(100, 50), (97, 33), (291, 21)])
def test_strips_give_what_the_whole_image_gives(monkeypatch, size):
    # In float64, or a few activations near 0 change sign with the strips.
    encoder, layers = vgg19().double(), ["relu1_1", "relu2_2", "relu3_1", "relu4_1"]
    image = torch.rand(1, 3, *size, generator=generator(1), dtype=torch.float64)

    def encoded() -> tuple[Tensor, Tensor]:
        x = image.clone().requires_grad_(True)
        value = torch.cat([f.flatten() for f in encoder(x, layers).values()])
        return value, gradient(value, x)

    whole = encoded()
    monkeypatch.setattr(stylize.encoders.vgg, "STRIP", 1)  # the thinnest there are
    for recomputed in (2**19, 0):
        monkeypatch.setattr(stylize.encoders.vgg, "RECOMPUTED", recomputed)
        torch.testing.assert_close(encoded(), whole, rtol=1e-4, atol=1e-4)


def test_backward_keeps_less_than_half_of_what_autograds_layers_keep():
    # Of 8 bytes an activation in autograd's own layers, about 2200 a pixel.
    encoder = vgg19()
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    held: list[int] = []

    def pack(tensor: Tensor) -> Tensor:
        if tensor.dtype != torch.float32 or not _is_weight(encoder, tensor):
            held.append(tensor.numel() * tensor.element_size())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        encoder(image, ["relu4_1"])
    assert 100 < sum(held) / 64**2 < 1000


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
