"""The similarity term: absolute distance to the content's finest activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from stylize.deterministic import mean
from stylize.encoders.encoder import Encoded
from stylize.losses.terms import Objective
from stylize.ranges import check_weight


@dataclass(frozen=True)
class Similarity:
    """L1 distance to the content's activations (Wang & Wang, Eq. 8).

    A few large differences cost less than under the squared distance of the content
    term: what must change may, and the rest stays exactly as it is.

    Args:
        weight: Of the mean absolute difference relative to the content's mean
            magnitude, which makes a weight mean the same on every encoder and layer.
        layers: The encoder's first ones; layers add up.
    """

    weight: float
    layers: Sequence[str]

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Hold on to the content's activations."""
        held = {layer: content.features[layer] for layer in self.layers}

        def loss(current: Encoded, step: int) -> Tensor:
            distances = [
                absolute_distance(current.features[layer], features)
                for layer, features in held.items()
            ]
            return self.weight * sum(distances, current.image.new_zeros(()))

        return Objective(loss)


def absolute_distance(current: Tensor, content: Tensor) -> Tensor:
    """Mean absolute difference over the content's mean magnitude.

    Args:
        current: (1, C, h, w).
        content: Likewise.
    """
    return mean((current - content).abs()) / mean(content.abs()).clamp_min(1e-12)
