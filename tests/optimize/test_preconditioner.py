"""The filter that L-BFGS sees images through."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator
from torch import Tensor

from stylize import LBFGS
from stylize.optimize.preconditioner import preconditioner

SIDES = st.integers(1, 9)


def image(*shape: int) -> Tensor:
    return torch.randn(shape, generator=generator(), dtype=torch.float64)


def wave(cycles: int, side: int = 32) -> Tensor:
    x = torch.arange(side, dtype=torch.float64) / side
    return torch.cos(2 * torch.pi * cycles * x).expand(1, 3, side, side)


@given(height=SIDES, width=SIDES, exponent=st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_it_is_symmetric_and_positive(height, width, exponent):
    x, y = image(2, 1, 3, height, width).unbind()
    soften = preconditioner(x, exponent)
    torch.testing.assert_close((soften(x) * y).sum(), (x * soften(y)).sum())
    assert (soften(x) * x).sum() > 0
    assert soften(x).shape == x.shape


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_each_frequency_is_divided_by_its_own_power(exponent):
    soften = preconditioner(wave(1), exponent)
    for cycles in (2, 4, 8):
        shrunk = soften(wave(cycles)) / cycles ** (-exponent / 2)
        torch.testing.assert_close(shrunk, soften(wave(1)).max() * wave(cycles))
    mean = soften(torch.ones(1, 3, 32, 32, dtype=torch.float64))
    torch.testing.assert_close(mean, torch.full_like(mean, soften(wave(1)).max()))


def test_without_preconditioner_nothing_is_done():
    x = image(1, 3, 4, 5)
    assert preconditioner(x, 0.0)(x) is x


def descended(exponent: float, steps: int) -> float:
    """Energy after steps on a bowl as steep as its waves are short, from noise."""
    pixels = image(1, 3, 24, 40).requires_grad_(True)
    steepness = preconditioner(pixels, -1.0)  # each frequency times its root

    def energy() -> Tensor:
        return steepness(pixels).square().sum() / 2

    def closure() -> float:
        optimizer.zero_grad()
        found = energy()
        found.backward()
        return found.item()

    optimizer = LBFGS(preconditioner=exponent)(pixels)
    for _ in range(steps):
        optimizer.step(closure)
    return energy().item()


def test_fewer_steps_lead_as_low_where_curvature_grows_with_the_frequency():
    assert descended(1.0, 6) < 1e-3 * descended(0.0, 6)
