"""One level: an image descends along the sum of its objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stylize.checkpoint import EVERY, MISFIT, Keep, State, Stateful
from stylize.encoder import Encoded, Encoder
from stylize.optimizer import MakeOptimizer, Optimizer
from stylize.terms import Objective

Losses = dict[str, float]
FIRST_STEP = 0.01  # of the range of pixels, root mean square


@dataclass(frozen=True)
class Descent:
    """Steps of an optimiser on the pixels of one level.

    Args:
        encoder: Network whose activations the objectives read.
        layers: Those that they read.
        objectives: Parts of the energy, by name.
        optimizer: Makes what moves the pixels.
        iterations: Steps.
    """

    encoder: Encoder
    layers: Sequence[str]
    objectives: Mapping[str, Objective]
    optimizer: MakeOptimizer
    iterations: int

    def __call__(
        self,
        start: Encoded,
        notify: Callable[[int, Tensor, Losses], None],
        resume: State | None = None,
        keep: Keep | None = None,
    ) -> tuple[Tensor, list[Losses]]:
        """Descend from an image; its features are not needed.

        Args:
            start: The image, or what an earlier descent that was stopped left of it.
            notify: Called after each step.
            resume: What that descent kept.
            keep: Called every few steps with what it takes to go on from there.

        Returns:
            The image, clamped to [0, 1], and the losses of each step.
        """
        pixels = start.image.clone().contiguous().requires_grad_(True)
        walk = _Walk(pixels, self.optimizer(pixels))
        if resume is not None:
            self._resume(walk, resume)
        while len(walk.losses) < self.iterations:
            walk.optimizer.step(lambda: self._evaluate(walk, start))
            done = len(walk.losses)
            notify(done, pixels.detach(), walk.losses[-1])
            if keep is not None and done % EVERY == 0:
                keep(self._state(walk))
        return pixels.detach().clamp(0, 1), walk.losses

    def _evaluate(self, walk: _Walk, start: Encoded) -> float:
        """Energy at the pixels, and its gradient into them."""
        walk.optimizer.zero_grad()
        features = self.encoder(walk.pixels, self.layers)
        current = replace(start, image=walk.pixels, features=features)
        total, losses = self._energy(current, len(walk.losses))
        total.backward()
        gradient = walk.pixels.grad
        assert gradient is not None
        # L-BFGS takes a gradient for a step until it has measured curvature.
        walk.scale = walk.scale or FIRST_STEP / max(rms(gradient), 1e-12)
        gradient *= walk.scale
        walk.losses.append(losses)
        return sum(losses.values())

    def _state(self, walk: _Walk) -> State:
        return {
            "pixels": walk.pixels.detach(),
            "optimizer": walk.optimizer.state_dict(),
            "losses": walk.losses,
            "scale": walk.scale,
            "objectives": {k: v.state_dict() for k, v in self._stateful().items()},
        }

    def _resume(self, walk: _Walk, state: State) -> None:
        try:
            walk.optimizer.load_state_dict(state["optimizer"])
            walk.losses, walk.scale = list(state["losses"]), state["scale"]
            for name, objective in self._stateful().items():
                objective.load_state_dict(state["objectives"][name])
        except (LookupError, TypeError, AttributeError, RuntimeError) as error:
            raise ValueError(MISFIT) from error

    def _stateful(self) -> dict[str, Stateful]:
        each: Mapping[str, object] = self.objectives
        return {k: v for k, v in each.items() if isinstance(v, Stateful)}

    def _energy(self, current: Encoded, step: int) -> tuple[Tensor, Losses]:
        objectives = self.objectives.values()
        losses = torch.stack([each(current, step) for each in objectives])
        return losses.sum(), dict(zip(self.objectives, losses.tolist(), strict=True))


@dataclass
class _Walk:
    """What changes from step to step.

    Args:
        pixels: (1, 3, H, W).
        optimizer: That moves them.
        losses: Of each step so far.
        scale: Of the gradient; 0 before the first.
    """

    pixels: Tensor
    optimizer: Optimizer
    losses: list[Losses] = field(default_factory=list)
    scale: float = 0.0


def rms(values: Tensor) -> float:
    """Root mean square."""
    return float(values.square().mean().sqrt())
