"""How the pixels descend: L-BFGS or Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from stylize.optimize.lbfgs import LimitedMemoryBFGS
from stylize.ranges import check_count, check_positive, check_weight


class Optimizer(Protocol):
    """What moves the pixels, as those of ``torch.optim`` do."""

    def zero_grad(self) -> None:
        """Forget the gradient."""

    def step(self, closure: Callable[[], Any]) -> object:
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
        preconditioner: Exponent p of the preconditioner f ** -p over frequencies f, so
            that the first steps move forms of twice the size 2 ** p times as far. A
            quarter fewer steps lead as low with 1 as with 0, the papers' way.
    """

    history: int = 10
    preconditioner: float = 0.5

    def __post_init__(self) -> None:
        check_count("history", self.history)
        check_weight("preconditioner", self.preconditioner)

    def __call__(self, pixels: Tensor) -> Optimizer:
        """The optimiser of an image."""
        return LimitedMemoryBFGS(pixels, self.history, self.preconditioner)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015): twice the steps of L-BFGS, less memory.

    Args:
        lr: Learning rate of the first steps, in pixel values of [0, 1].
        half_life: Steps after which the rate is half as large; 0 keeps it.
    """

    lr: float = 0.05
    half_life: int = 0

    def __post_init__(self) -> None:
        check_positive("lr", self.lr)
        check_weight("half_life", self.half_life)

    def __call__(self, pixels: Tensor) -> torch.optim.Optimizer:
        """The optimiser of an image."""
        adam = torch.optim.Adam([pixels], lr=self.lr)
        if self.half_life:
            adam.register_step_post_hook(self._slow_down)
        return adam

    def _slow_down(self, adam: torch.optim.Optimizer, *_: Any) -> None:
        for group in adam.param_groups:
            done = float(adam.state[group["params"][0]]["step"])
            group["lr"] = self.lr * 0.5 ** (done / self.half_life)
