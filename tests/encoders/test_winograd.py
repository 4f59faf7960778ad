"""Convolutions by minimal filtering equal the plain ones, in value and gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator, random_vgg19
from torch import Tensor

import stylize.encoders.winograd
from stylize import VGG19
from stylize.encoders import striped
from stylize.encoders.frozen import conv_relu

SIDE = st.integers(2, 23)
CHANNELS = st.integers(1, 5)


def plain(x: Tensor, weight: Tensor, bias: Tensor, *, pooled: bool) -> Tensor:
    out = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias).relu()
    return F.max_pool2d(out, 2) if pooled else out


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(striped, "worthwhile", lambda x, weight: True)


@pytest.mark.parametrize("block", [1, 2**14, 2**21])
@given(st.integers(1, 2), CHANNELS, CHANNELS, SIDE, SIDE, st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_value_and_gradient_equal_autograds(
    block, batch, inputs, outputs, height, width, pooled, last
):
    x = random(batch, inputs, height, width)
    form = torch.channels_last if last else torch.contiguous_format
    x = x.contiguous(memory_format=form).requires_grad_(True)
    weight, bias = random(outputs, inputs, 3, 3, seed=1), random(outputs, seed=2)
    expected = plain(x, weight, bias, pooled=pooled)
    combination = random(*expected.shape, seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(striped, "worthwhile", lambda x, weight: True)
        patch.setattr(stylize.encoders.winograd, "BLOCK", block)
        ours = conv_relu(x, weight, bias, pooled=pooled)
        (gradient,) = torch.autograd.grad(ours, x, combination)
        without = conv_relu(x.detach(), weight, bias, pooled=pooled)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(without, expected)
    torch.testing.assert_close(
        gradient, torch.autograd.grad(expected, x, combination)[0]
    )


@pytest.mark.parametrize(("channels", "side"), [(64, 48), (256, 20)])
def test_float32_stays_within_a_hundred_thousandth_of_the_scale(always, channels, side):
    x = random(1, channels, side, side).relu()
    weight = random(channels, channels, 3, 3, seed=1) * (2 / 9 / channels) ** 0.5
    bias = random(channels, seed=2)
    expected = plain(x, weight, bias, pooled=False)
    ours = conv_relu(x.float(), weight.float(), bias.float())
    assert (ours - expected).abs().max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize(
    ("dtype", "channels", "size", "chosen"),
    [
        (torch.float32, 128, (64, 64), True),
        (torch.bfloat16, 128, (64, 64), False),
        (torch.float32, 32, (256, 256), False),  # too few channels
        (torch.float32, 128, (1, 200), False),  # too small a map
        (torch.float32, 512, (32, 32), False),  # too few tiles for so many filters
        (torch.float32, 512, (64, 64), True),
    ],
)
def test_it_is_chosen_where_it_pays(dtype, channels, size, chosen):
    x = torch.empty(1, channels, *size, dtype=dtype)
    weight = torch.empty(channels, channels, 3, 3, dtype=dtype)
    assert striped.worthwhile(x, weight) == chosen
    assert not striped.worthwhile(x.to("meta"), weight.to("meta"))  # nor on a GPU


def test_a_network_that_uses_it_gives_what_one_that_does_not(monkeypatch):
    options = {"mean": (0.5,) * 3, "std": (0.25,) * 3}
    encoder = VGG19(random_vgg19(), **options).double()
    layers = ["relu2_2", "relu4_1"]  # a pool follows the one, and the other follows two
    image = torch.rand(1, 3, 72, 60, generator=generator(4)).double()
    image.requires_grad_(True)
    results = []
    for used in (True, False):
        monkeypatch.setattr(striped, "worthwhile", lambda x, w, used=used: used)
        features = encoder(image, layers)
        loss = sum(f.square().sum() for f in features.values())
        results.append((features, torch.autograd.grad(loss, image)[0]))
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-4)
