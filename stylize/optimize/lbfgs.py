"""L-BFGS by itself: torch.optim's loads the compilers of torch at its first step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stylize.deterministic import dot, total
from stylize.optimize.preconditioner import preconditioner
from stylize.state import MISFIT, State
from stylize.waiting import Later, at_once

LEAST = 1e-10  # curvature below which a pair says nothing


class LimitedMemoryBFGS:
    """Moves one tensor by limited-memory BFGS with unit steps (Nocedal 1980).

    Step for step the numbers of ``torch.optim.LBFGS`` with one evaluation a step,
    which takes a first step of length 1 / ‖gradient‖₁, where ``exponent`` is 0. Else
    the gradient and the step are preconditioned, so that what has not been learnt of
    the Hessian yet is taken to grow with the frequency. No GPU is waited for: a pair
    that says nothing counts 0 times, and is left out a step later, when that is known.

    Args:
        pixels: (…, H, W), what is moved; its gradient is the closure's business.
        history: Pairs of a step and the change of the gradient along it that are kept.
        exponent: See :func:`~stylize.optimize.preconditioner.preconditioner`.
    """

    def __init__(self, pixels: Tensor, history: int, exponent: float = 0.0) -> None:
        self.pixels, self.history = pixels, history
        self.precondition = preconditioner(pixels, exponent)
        self.pairs: list[tuple[Tensor, Tensor, Tensor]] = []  # change, step, 1 / both
        self.gradient: Tensor | None = None
        self.moved: Tensor | None = None  # by the last step, before preconditioning
        self.size: Tensor | float = 1.0  # of the inverse Hessian before corrections
        self.newest_tells: Later | None = None  # while the newest pair is on trial

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.pixels.grad = None

    def step(self, closure: Callable[[], object]) -> None:
        """Evaluate once, and move.

        Args:
            closure: Puts a gradient into the pixels.
        """
        closure()
        assert self.pixels.grad is not None
        with torch.no_grad():
            self._move(self.precondition(self.pixels.grad))

    def _move(self, gradient: Tensor) -> None:
        if self.moved is None:
            if not bool(gradient.any()):  # read until something has moved
                return
            direction = gradient.neg() * (1 / total(gradient.abs())).clamp(max=1)
        else:
            self._remember(gradient, self.moved)
            direction = self._solved(gradient)
        downhill = dot(gradient, direction) <= 0
        self.gradient = gradient.clone()
        self.moved = torch.where(downhill, direction, 0)
        self.pixels.add_(self.precondition(self.moved))

    def _remember(self, gradient: Tensor, step: Tensor) -> None:
        assert self.gradient is not None
        self._settle()
        change = gradient - self.gradient
        both = dot(change, step)
        tells = both > LEAST
        change = torch.where(tells, change, 0)
        if len(self.pairs) == self.history:
            oldest, its_step, inverse = self.pairs[0]
            self.pairs[0] = oldest, its_step, torch.where(tells, 0, inverse)
        self.pairs.append((change, step, torch.where(tells, 1 / both, 0)))
        self.size = torch.where(tells, both / dot(change, change), self.size)
        self.newest_tells = Later(tells)
        if at_once(tells):
            self._settle()

    def _settle(self) -> None:
        """Leave out what the newest pair replaced, or that pair if it says nothing."""
        if self.newest_tells is None:
            return
        if not self.newest_tells:
            self.pairs.pop()
        elif len(self.pairs) > self.history:
            del self.pairs[0]
        self.newest_tells = None

    def _solved(self, gradient: Tensor) -> Tensor:
        """Direction of Newton's step, by the two loops over the pairs."""
        direction, parts = gradient.neg(), []
        for change, step, inverse in reversed(self.pairs):
            parts.append(dot(step, direction) * inverse)
            direction.addcmul_(change, -parts[-1])
        direction.mul_(self.size)
        for (change, step, inverse), part in zip(
            self.pairs, reversed(parts), strict=True
        ):
            direction.addcmul_(step, part - dot(change, direction) * inverse)
        return direction

    def state_dict(self) -> State:
        """All that the next step depends on, but the pixels."""
        self._settle()
        names = ("gradient", "moved", "size")
        return {name: getattr(self, name) for name in names} | {
            "pairs": list(self.pairs)
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from there.

        Raises:
            ValueError: If the state is another optimiser's.
        """
        if state.keys() != self.state_dict().keys():
            raise ValueError(
                "what was kept of this painting is another optimiser's; delete the "
                "checkpoint to begin anew"
            )
        if not self._fits(state):
            raise ValueError(MISFIT)
        for name, value in state.items():
            setattr(self, name, list(value) if name == "pairs" else value)

    def _fits(self, state: State) -> bool:
        """Whether its vectors are of the image's size."""
        vectors = [state["gradient"], state["moved"]]
        vectors = [each for each in vectors if each is not None]
        for change, step, _ in state["pairs"]:
            vectors += [change, step]
        return all(each.shape == self.pixels.shape for each in vectors)
