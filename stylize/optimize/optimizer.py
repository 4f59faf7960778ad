"""How the pixels descend: L-BFGS or Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

import torch
from torch import Tensor

from stylize.optimize.lbfgs import Corrections


class Optimizer(Protocol):
    """What moves the pixels, as those of ``torch.optim`` do."""

    def zero_grad(self) -> None:
        """Forget the gradient."""

    def step(self, closure: Callable[[], float]) -> object:
        """Move by the gradient that the closure, called once, puts into the pixels."""

    def state_dict(self) -> dict[str, Any]:
        """What the next step depends on, but the pixels."""

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Go on from there."""


MakeOptimizer = Callable[[Tensor], Optimizer]
"""From the pixels to what moves them."""


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS, one evaluation a step.

    A unit step along its direction, as the code of Li & Wand has it; a line search
    would cost another quarter.

    Args:
        history: Corrections kept; 25 in the code of CNNMRF.
        decay: How much further a step takes coarse forms than fine ones before it knows
            better: one of twice the size 2 ** decay times as far. A quarter fewer
            steps lead as low with 1 as with 0, the papers' way.
    """

    history: int = 10
    decay: float = 0.5

    def __post_init__(self) -> None:
        if self.history < 1:
            raise ValueError(f"history must be >= 1, got {self.history}")
        if not (isfinite(self.decay) and self.decay >= 0):
            raise ValueError(f"decay must be a number from 0 up, got {self.decay}")

    def __call__(self, pixels: Tensor) -> Optimizer:
        """The optimiser of an image."""
        return Corrections(pixels, self.history, self.decay)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015): twice the steps of L-BFGS, less memory.

    Args:
        rate: Of the first steps, in pixel values of [0, 1].
        halving: Steps after which the rate is half as large; 0 keeps it.
    """

    rate: float = 0.05
    halving: int = 0

    def __post_init__(self) -> None:
        if not (isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"rate must be a number above 0, got {self.rate}")
        if self.halving < 0:
            raise ValueError(f"halving must be >= 0, got {self.halving}")

    def __call__(self, pixels: Tensor) -> torch.optim.Optimizer:
        """The optimiser of an image."""
        adam = torch.optim.Adam([pixels], lr=self.rate)
        if self.halving:
            adam.register_step_post_hook(self._slow_down)
        return adam

    def _slow_down(self, adam: torch.optim.Optimizer, *_: Any) -> None:
        for group in adam.param_groups:
            done = float(adam.state[group["params"][0]]["step"])
            group["lr"] = self.rate * 0.5 ** (done / self.halving)
