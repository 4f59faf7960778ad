"""The parts of a method: each term prepares an objective for one level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol

from torch import Tensor

from stylize.encoder import Encoded
from stylize.losses import emphasised, feature_distance, total_variation
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

    For matching, each image's activations lose their mean and are divided by their
    root mean square per layer, so that a dark photograph finds more in a painting than
    its dark corner; the papers leave the mean in. Masks are multiplied by √C · γ / 10:
    at the paper's γ = 20 a certain mask is twice as long as a typical activation
    vector, whatever the encoder, the layer and the size.

    Args:
        weight: Of the mean squared distance per activation; layers add up.
        layers: Such as ``relu3_1``.
        gamma: Masks against activations; 0 ignores the masks.
        patch_size: Cells of the feature map, odd.
        blocks: Weight of the image's own pixels by layer, in the loss only: the
            stride × stride block of pixels under each cell joins its activations, so
            that matched patches also bring their own strokes. 0 is the papers' method.
        center: Whether matching leaves out the mean activation; false is the papers'
            method.
        refresh: When matches are searched anew.
    """

    weight: float
    layers: Sequence[str]
    gamma: float
    patch_size: int = 3
    blocks: dict[str, float] = field(default_factory=dict)
    center: bool = True
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
            center=self.center,
            refresh=self.refresh,
        )


@dataclass(frozen=True)
class Content:
    """Distance to the content's activations (Zhao et al. 2017, Eq. 5).

    Args:
        weight: Of the mean squared difference relative to the content's mean square.
        layers: Such as ``relu4_1``; layers add up.
        emphasis: How many times a cell counts in the masks of these names, beyond the
            paper: one stroke too many ruins an eye and is not seen in a sky. Masks that
            the pair does not have are passed over.
        gamma: As for the patches; 0 ignores the masks.
    """

    weight: float
    layers: Sequence[str]
    emphasis: dict[str, float] = field(default_factory=dict)
    gamma: float = 20.0

    def __post_init__(self) -> None:
        _check_weight("weight", self.weight)
        for name, weight in self.emphasis.items():
            _check_weight(f"emphasis of {name}", weight)

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Hold on to the content's activations."""
        emphasis = self.emphasis if self.gamma else {}
        held = [(layer, content.features[layer]) for layer in self.layers]
        firmness = [
            emphasised(content.names, downsample(content.masks, h, w), emphasis)
            for h, w in (features.shape[2:] for _, features in held)
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
