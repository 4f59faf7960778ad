"""The parts of a method: each term prepares an objective for one level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol, runtime_checkable

from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.functional import (
    emphasised,
    feature_distance,
    structure,
    total_variation,
)
from stylize.pyramid import downsample

Objective = Callable[[Encoded, int], Tensor]
"""From the encoded image and the step's number to a scalar loss, weight included."""


@runtime_checkable
class Finishing(Protocol):
    """An objective that has a last word on the picture once it is optimised."""

    def finish(self, current: Encoded) -> Tensor:
        """The picture, (1, 3, H, W) in [0, 1], after that word."""


class Term(Protocol):
    """A part of the energy."""

    @property
    def layers(self) -> Sequence[str]:
        """Layers of the encoder that the objective reads."""

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Bind what stays fixed over one level of the pyramid."""


@dataclass(frozen=True)
class Content:
    """Distance to the content's activations (Zhao et al. 2017, Eq. 5).

    Args:
        weight: Of the mean squared difference relative to the content's mean square.
        layers: Such as ``relu4_1``; layers add up.
        emphasis: How many times a cell counts in the masks of these names, beyond the
            paper: one stroke too many ruins an eye and is not seen in a sky. Masks that
            only the content shows count too; of several the last one here says.
        gamma: As for the patches; 0 ignores the masks.
        structure: Beyond the paper: a cell counts fully where those around it vary by
            this share of the whole content's variance, and less where the content is
            smooth and there is no shape to keep, so that strokes have room. 0 counts
            all alike.
    """

    weight: float
    layers: Sequence[str]
    emphasis: dict[str, float] = field(default_factory=dict)
    gamma: float = 20.0
    structure: float = 0.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_weight("structure", self.structure)
        for name, weight in self.emphasis.items():
            check_weight(f"emphasis of {name}", weight)

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Hold on to the content's activations."""
        emphasis = self.emphasis if self.gamma else {}
        held = [(layer, content.features[layer]) for layer in self.layers]
        firmness = [
            emphasised(
                named_masks(content, *features.shape[2:]),
                emphasis,
                structure(features, content.variance(layer), self.structure),
            )
            for layer, features in held
        ]
        squares = [content.square(layer) for layer in self.layers]
        parts = list(zip(held, firmness, squares, strict=True))

        def objective(current: Encoded, step: int) -> Tensor:
            distances = [
                feature_distance(current.features[layer], features, weight, square)
                for (layer, features), weight, square in parts
            ]
            return self.weight * sum(distances, current.image.new_zeros(()))

        return objective


def named_masks(encoded: Encoded, height: int, width: int) -> dict[str, Tensor]:
    """(height, width) masks by name, those of unmatched regions among them."""
    shared = downsample(encoded.masks, height, width)
    unmatched = {
        name: downsample(mask, height, width)[0]
        for name, mask in encoded.unmatched.items()
    }
    return unmatched | dict(zip(encoded.names, shared, strict=True))


@dataclass(frozen=True)
class TotalVariation:
    """Smoothness of the image.

    Args:
        weight: Of the mean squared difference of neighbouring pixels in [0, 1].
    """

    weight: float
    layers: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Nothing to bind."""
        return lambda current, step: self.weight * total_variation(current.image)


def check_weight(name: str, value: float) -> None:
    """Raise ValueError unless the value is finite and at least 0."""
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number >= 0, got {value}")


def check_share(name: str, value: float) -> None:
    """Raise ValueError unless the value lies in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value}")
