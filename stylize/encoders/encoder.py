"""Networks that describe an image, and what it looks like to the losses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor


class Encoder(Protocol):
    """A network whose layers describe an image ever more coarsely."""

    name: str
    sha256: str

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""

    def reach(self, layer: str) -> int:
        """Pixels that a cell sees beyond those under it, on each side."""

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The (1, C, h, w) activations of the layers for a (1, 3, H, W) image."""


class Wrapper:
    """An encoder that stands for another one, whose passes it may change.

    Args:
        encoder: The other one.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name, self.sha256 = encoder.name, encoder.sha256

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""
        return self.encoder.stride(layer)

    def reach(self, layer: str) -> int:
        """Pixels that a cell sees beyond those under it, on each side."""
        return self.encoder.reach(layer)

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations as the encoder has them."""
        return self.encoder(image, layers)


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a layer's activations.

    Args:
        mean: (C, 1, 1) by channel.
        variance: About it, averaged over the channels.
    """

    mean: Tensor
    variance: float

    @property
    def square(self) -> float:
        """Mean square of the activations."""
        return self.variance + float(self.mean.square().mean())


@dataclass(frozen=True)
class Encoded:
    """An image, its masks and its activations.

    Args:
        image: (1, 3, H, W) in [0, 1].
        masks: (1, K, H, W) in [0, 1]; the image being painted has the content's.
        names: Of the masks, the more particular ones behind.
        features: (1, C, h, w) activations by layer.
        shares: Of a style: what part of each region's paint it supplies, in [0, 1];
            empty for all of it.
        reach: Pixels that a cell sees beyond those under it, by layer.
        moments: Of a tile: those of the whole picture, by layer; empty for a whole one.
        unmatched: (1, 1, H, W) masks by name of regions without a counterpart, as
            :class:`stylize.Picture` has them.
        positions: (1, 3, H, W) where on a face each pixel lies, as
            :class:`stylize.Picture` has it; None where no face is to be heeded.
    """

    image: Tensor
    masks: Tensor
    names: tuple[str, ...]
    features: dict[str, Tensor]
    shares: tuple[float, ...] = ()
    reach: dict[str, int] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)
    unmatched: Mapping[str, Tensor] = field(default_factory=dict)
    positions: Tensor | None = None

    def square(self, layer: str) -> float | None:
        """Mean square of the whole picture's activations; None if this is it all."""
        return self.moments[layer].square if self.moments else None

    def variance(self, layer: str) -> float:
        """Variance of the whole picture's activations about their mean."""
        if self.moments:
            return self.moments[layer].variance
        features = self.features[layer]
        return float(features.var(dim=(2, 3), correction=0).mean())


def check_layers(layers: Sequence[str], known: Collection[str]) -> None:
    """Raise ValueError for a layer that an encoder does not have."""
    for layer in layers:
        if layer not in known:
            raise ValueError(f"unknown layer '{layer}'; choose from {', '.join(known)}")
