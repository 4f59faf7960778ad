"""One level: an image descends along the sum of its objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylize.encoder import Encoded, Encoder
from stylize.optimizer import MakeOptimizer
from stylize.terms import Objective

Losses = dict[str, float]


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
        self, start: Encoded, notify: Callable[[int, Tensor, Losses], None]
    ) -> tuple[Tensor, list[Losses]]:
        """Descend from an image; its features are not needed.

        Returns:
            The image, clamped to [0, 1], and the losses of each step.
        """
        pixels = start.image.clone().contiguous().requires_grad_(True)
        optimizer = self.optimizer(pixels)
        steps: list[Losses] = []

        def closure() -> float:
            optimizer.zero_grad()
            total, losses = self._energy(pixels, start, len(steps))
            total.backward()
            steps.append(losses)
            return sum(losses.values())

        for iteration in range(self.iterations):
            optimizer.step(closure)
            notify(iteration + 1, pixels.detach(), steps[-1])
        return pixels.detach().clamp(0, 1), steps

    def _energy(
        self, pixels: Tensor, start: Encoded, step: int
    ) -> tuple[Tensor, Losses]:
        features = self.encoder(pixels, self.layers)
        current = replace(start, image=pixels, features=features)
        objectives = self.objectives.values()
        losses = torch.stack([each(current, step) for each in objectives])
        # Losses are means; their sum over the pixels keeps the curvature that L-BFGS
        # measures clear of the 1e-10 below which torch drops it.
        total = pixels.numel() * losses.sum()
        return total, dict(zip(self.objectives, losses.tolist(), strict=True))
