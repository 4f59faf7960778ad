"""The small encoder's frozen layers give what autograd's own layers give."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator
from torch import Tensor

from stylize import Lite
from stylize.encoders.smooth import conv_silu, mean_pool


def defined(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The same of autograd's own parts."""
    y = F.silu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias))
    return x + y if x.shape == y.shape else y


def slope(y: Tensor, x: Tensor) -> Tensor:
    """Gradient of a random combination."""
    pull = torch.randn(y.shape, generator=generator(1), dtype=y.dtype)
    return torch.autograd.grad(y, x, pull)[0]


@given(
    batch=st.integers(1, 2),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(st.integers(2, 7), st.integers(2, 7)),
    last=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_value_and_gradient_are_those_of_the_layers_in_a_row(
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
    ours, plain = conv_silu(held, weight, bias), defined(held, weight, bias)
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(slope(ours, held), slope(plain, held))
    assert held.equal(before)
    pooled = mean_pool(held), F.avg_pool2d(held, 2)
    torch.testing.assert_close(*pooled)
    torch.testing.assert_close(*(slope(each, held) for each in pooled))


def test_weights_in_training_get_their_gradient_and_a_second_one():
    rng = generator()
    x = torch.randn(1, 2, 5, 4, generator=rng, requires_grad=True)
    weight = torch.randn(2, 2, 3, 3, generator=rng, requires_grad=True)
    bias = torch.randn(2, generator=rng, requires_grad=True)
    found = []
    for layer in (conv_silu, defined):
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
        torch.testing.assert_close(slope(own, image), slope(features, image))


@pytest.mark.parametrize("size", [(4, 6), (5, 7)])
def test_a_mean_has_a_second_gradient(size):
    x = torch.randn(1, 2, *size, generator=generator(), dtype=torch.float64)
    x.requires_grad_(True)
    assert torch.autograd.gradgradcheck(lambda x: mean_pool(x).sin(), x)
