"""L-BFGS: the steps of torch's own, without what that loads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import torch
from planted import generator
from torch import Tensor

from stylize.optimize import lbfgs
from stylize.optimize.lbfgs import LimitedMemoryBFGS
from stylize.optimize.optimizer import LBFGS

LOADED = """
import sys, torch
from stylize import LBFGS, VGG19
from stylize.encoders.vgg import RECOMPUTED, VGG19_CHANNELS
weights = {}
for conv, (inputs, outputs) in VGG19_CHANNELS.items():
    weights[conv + ".weight"] = torch.zeros(1, 1, 1, 1).expand(outputs, inputs, 3, 3)
    weights[conv + ".bias"] = torch.zeros(outputs)
encoder = VGG19(weights, mean=[0.0] * 3, std=[1.0] * 3)
image = torch.rand(1, 3, 32, RECOMPUTED // 32 + 16).requires_grad_(True)
optimizer = LBFGS()(image)
def closure():
    energy = encoder(image, ["relu1_1"])["relu1_1"].sum() + image.square().sum()
    energy.backward()
    return float(energy)
optimizer.step(closure)
assert "torch._dynamo" not in sys.modules
"""


def bowl(dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    rng = generator()
    half = torch.randn(75, 75, generator=rng, dtype=torch.float64)
    matrix = (half @ half.T / 75 + 0.1 * torch.eye(75)).to(dtype)
    slope = torch.randn(75, generator=rng, dtype=torch.float64).to(dtype)

    def energy(image: Tensor) -> Tensor:
        x = image.flatten()
        return x @ matrix @ x / 2 - slope @ x + 0.1 * (x**4).sum()

    return energy


def descended(optimizer: Any, pixels: Tensor, energy: Any, steps: int) -> list[float]:
    energies = []

    def closure() -> float:
        optimizer.zero_grad()
        found = energy(pixels)
        found.backward()
        energies.append(found.item())
        return energies[-1]

    for _ in range(steps):
        optimizer.step(closure)
    return energies


def start(dtype: torch.dtype) -> Tensor:
    return torch.zeros(1, 3, 5, 5, dtype=dtype).requires_grad_(True)


@pytest.mark.parametrize(
    ("dtype", "close"), [(torch.float64, 1e-9), (torch.float32, 1e-4)]
)
@pytest.mark.parametrize("history", [1, 3, 10])
def test_steps_are_those_of_torch(dtype: torch.dtype, close: float, history: int):
    ours, theirs, energy = start(dtype), start(dtype), bowl(dtype)
    peer = torch.optim.LBFGS(
        [theirs],
        max_iter=1,
        history_size=history,
        tolerance_grad=0,
        tolerance_change=0,
    )
    mine = descended(LBFGS(history, preconditioner=0)(ours), ours, energy, 25)
    assert mine == pytest.approx(descended(peer, theirs, energy, 25), rel=close)
    assert torch.allclose(ours, theirs, atol=close)
    assert mine[-1] < mine[0] - 1


@pytest.mark.parametrize("preconditioner", [0.0, 1.0])
def test_going_on_from_a_state_is_as_if_it_had_never_stopped(preconditioner: float):
    energy, pixels = bowl(torch.float32), start(torch.float32)
    optimizer = LimitedMemoryBFGS(pixels, 4, preconditioner)
    descended(optimizer, pixels, energy, 7)
    state, copy = optimizer.state_dict(), pixels.detach().clone().requires_grad_(True)
    rest = descended(optimizer, pixels, energy, 5)
    other = LimitedMemoryBFGS(copy, 4, preconditioner)
    other.load_state_dict(state)
    assert descended(other, copy, energy, 5) == rest
    assert copy.equal(pixels)


def test_the_state_of_another_optimiser_is_refused():
    pixels = start(torch.float32)
    with pytest.raises(ValueError, match="delete the checkpoint"):
        LimitedMemoryBFGS(pixels, 4).load_state_dict(
            torch.optim.LBFGS([pixels]).state_dict()
        )


@pytest.mark.parametrize("at_once", [True, False])
def test_a_pair_that_says_nothing_replaces_none(monkeypatch, at_once: bool):
    monkeypatch.setattr(lbfgs, "at_once", lambda x: at_once)

    def paths(optimizer: Any, pixels: Tensor) -> list[float]:
        calls, bent = count(), bowl(torch.float64)

        def energy(image: Tensor) -> Tensor:  # now and then the bowl is upside down
            return bent(image) * (-1 if next(calls) in (8, 9, 13) else 1)

        return descended(optimizer, pixels, energy, 20)

    ours, theirs = start(torch.float64), start(torch.float64)
    peer = torch.optim.LBFGS(
        [theirs], max_iter=1, history_size=3, tolerance_grad=0, tolerance_change=0
    )
    mine = paths(LBFGS(3, preconditioner=0)(ours), ours)
    assert mine == pytest.approx(paths(peer, theirs), rel=1e-9)


def test_where_nothing_slopes_nothing_moves():
    pixels = start(torch.float32)
    descended(LimitedMemoryBFGS(pixels, 3), pixels, lambda x: (x * 0).sum(), 3)
    assert not pixels.any()


@pytest.mark.slow
def test_painting_loads_none_of_torch_s_compilers():
    subprocess.run([sys.executable, "-c", LOADED], check=True, timeout=120)
