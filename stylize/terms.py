"""The parts of a method: each term prepares an objective for one level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol

from torch import Tensor

from stylize.encoder import Encoded
from stylize.losses import feature_distance, region_weights, total_variation
from stylize.matching import Adaptive, PatchObjective, Refresh
from stylize.pyramid import downsample

Objective = Callable[[Encoded, int], Tensor]
"""From the encoded image and the step's number to a scalar loss, weight included."""


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
class MRF:
    """Distance of each patch to its best style patch (Zhao et al. 2017, Eqs 3 and 4).

    Patches are matched on activations augmented with the masks (Champandard 2016)
    and compared on the activations alone, so the masks add nothing to the gradient;
    the mask part of Eq. 3 is constant once the match is fixed and is left out. With
    γ = 0 this is plain CNNMRF (Li & Wand 2016).

    Activations are divided by the style's root mean square per layer, and masks
    multiplied by √C · γ / 20: at the paper's γ = 20 a certain mask is as long as a
    typical activation vector, whatever the encoder, the layer and the size.

    Args:
        weight: Of the mean squared distance per activation; layers add up.
        layers: Such as ``relu3_1``.
        gamma: Masks against activations; 0 ignores the masks.
        patch_size: Cells of the feature map, odd.
        blocks: Weight of the image's own pixels by layer, in the loss only: the
            stride × stride block of pixels under each cell joins its activations, so
            that matched patches also bring their own strokes. 0 is the papers' method.
        refresh: When matches are searched anew.
    """

    weight: float
    layers: Sequence[str]
    gamma: float
    patch_size: int = 3
    blocks: dict[str, float] = field(default_factory=dict)
    refresh: Refresh = field(default_factory=Adaptive)

    def __post_init__(self) -> None:
        _check_weight("weight", self.weight)
        _check_weight("gamma", self.gamma)
        for layer, weight in self.blocks.items():
            _check_weight(f"blocks of {layer}", weight)
            if layer not in self.layers:
                raise ValueError(
                    f"blocks name layer {layer}, which is not among the layers "
                    f"{', '.join(self.layers)}"
                )

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Index the styles' patches."""
        return PatchObjective(
            content,
            styles,
            weight=self.weight,
            strides={layer: strides[layer] for layer in self.layers},
            gamma=self.gamma,
            size=self.patch_size,
            blocks=self.blocks,
            refresh=self.refresh,
        )


@dataclass(frozen=True)
class Content:
    """Distance to the content's activations (Zhao et al. 2017, Eq. 5).

    Beyond the paper, small regions are held more firmly: one stroke too many ruins an
    eye and is not seen in a sky. A cell counts ``area ** -balance`` times, by the
    share of the image that the smallest of its masks covers.

    Args:
        weight: Of the mean squared difference relative to the content's mean square.
        layers: Such as ``relu4_1``; layers add up.
        balance: From 0, all cells alike as in the paper, to 1, all regions alike.
        gamma: As for the patches; 0 ignores the masks.
    """

    weight: float
    layers: Sequence[str]
    balance: float = 0.0
    gamma: float = 20.0

    def __post_init__(self) -> None:
        _check_weight("weight", self.weight)
        if not 0 <= self.balance <= 1:
            raise ValueError(f"balance must lie in [0, 1], got {self.balance}")

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Hold on to the content's activations."""
        balance = self.balance if self.gamma else 0.0
        held = [(layer, content.features[layer]) for layer in self.layers]
        firmness = [
            region_weights(downsample(content.masks, *features.shape[2:]), balance)
            for _, features in held
        ]

        def objective(current: Encoded, step: int) -> Tensor:
            distances = [
                feature_distance(current.features[layer], features, weight)
                for (layer, features), weight in zip(held, firmness, strict=True)
            ]
            return self.weight * sum(distances, current.image.new_zeros(()))

        return objective


@dataclass(frozen=True)
class TotalVariation:
    """Smoothness of the image.

    Args:
        weight: Of the mean squared difference of neighbouring pixels in [0, 1].
    """

    weight: float
    layers: Sequence[str] = ()

    def __post_init__(self) -> None:
        _check_weight("weight", self.weight)

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Nothing to bind."""
        return lambda current, step: self.weight * total_variation(current.image)


def _check_weight(name: str, value: float) -> None:
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number >= 0, got {value}")
