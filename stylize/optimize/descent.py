"""Gradient descent on the pixels of one level along the sum of its objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stylize.deterministic import mean
from stylize.encoders.encoder import Encoded, Encoder
from stylize.losses.terms import Objective
from stylize.optimize.optimizer import MakeOptimizer, Optimizer
from stylize.state import EVERY, MISFIT, SaveState, State

Losses = Mapping[str, Tensor | float]  # a tensor is read when it is asked for
FIRST_STEP = 0.01  # of the range of pixels, root mean square


@dataclass(frozen=True)
class Descent:
    """Steps of an optimiser on the pixels of one level.

    Args:
        encoder: Network whose activations the objectives read.
        layers: Those that they read.
        objectives: Terms of the energy, by name.
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
        save: SaveState | None = None,
    ) -> tuple[Tensor, list[Losses]]:
        """Descend from an image; its features are not needed.

        Args:
            start: The image, or what an earlier descent that was stopped left of it.
            notify: Called after each step.
            resume: What that descent saved.
            save: Called every few steps with what it takes to go on from there.

        Returns:
            The image, clamped to [0, 1], and the losses of each step.
        """
        pixels = start.image.clone().contiguous().requires_grad_(True)
        progress = _Progress(pixels, self.optimizer(pixels))
        if resume is not None:
            self._resume(progress, resume)
        while len(progress.losses) < self.iterations:
            progress.optimizer.step(lambda: self._evaluate(progress, start))
            done = len(progress.losses)
            notify(done, pixels.detach(), progress.losses[-1])
            if save is not None and done % EVERY == 0:
                save(self._state(progress))
        return pixels.detach().clamp(0, 1), progress.losses

    def _evaluate(self, progress: _Progress, start: Encoded) -> Tensor:
        """Energy at the pixels, and its gradient into them."""
        progress.optimizer.zero_grad()
        features = self.encoder(progress.pixels, self.layers)
        current = replace(start.showing(progress.pixels), features=features)
        total, losses = self._energy(current, len(progress.losses))
        total.backward()
        gradient = progress.pixels.grad
        assert gradient is not None
        # L-BFGS takes a gradient for a step until it has measured curvature.
        if not progress.scale:
            rms = float(mean(gradient.square()).sqrt())
            progress.scale = FIRST_STEP / max(rms, 1e-12)
        gradient *= progress.scale
        progress.losses.append(losses)
        return total.detach()

    def _energy(self, current: Encoded, step: int) -> tuple[Tensor, Losses]:
        losses = torch.stack([o.loss(current, step) for o in self.objectives.values()])
        each = losses.detach().unbind()
        return losses.sum(), dict(zip(self.objectives, each, strict=True))

    def _state(self, progress: _Progress) -> State:
        return {
            "pixels": progress.pixels.detach(),
            "optimizer": progress.optimizer.state_dict(),
            "losses": [read(losses) for losses in progress.losses],
            "scale": progress.scale,
            "matches": {
                name: objective.matches.state_dict()
                for name, objective in self.objectives.items()
                if objective.matches is not None
            },
        }

    def _resume(self, progress: _Progress, state: State) -> None:
        try:
            progress.optimizer.load_state_dict(state["optimizer"])
            progress.losses, progress.scale = list(state["losses"]), state["scale"]
            for name, objective in self.objectives.items():
                if objective.matches is not None:
                    objective.matches.load_state_dict(state["matches"][name])
        except (LookupError, TypeError, AttributeError, RuntimeError) as error:
            raise ValueError(MISFIT) from error


def read(losses: Losses) -> dict[str, float]:
    """The numbers, for which a GPU has to be waited for."""
    return {name: float(loss) for name, loss in losses.items()}


@dataclass
class _Progress:
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
