"""Networks that describe an image, and what it looks like to the losses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
from torch import Tensor

from stylize.picture import Picture
from stylize.pyramid import downsample


class Encoder(Protocol):
    """A network whose layers describe an image ever more coarsely."""

    name: str
    sha256: str

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""

    def radius(self, layer: str) -> int:
        """Receptive-field radius: px that a cell sees beyond those under it."""

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

    def radius(self, layer: str) -> int:
        """Receptive-field radius: px that a cell sees beyond those under it."""
        return self.encoder.radius(layer)

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
    """A picture and its activations. Content, styles and the current image are alike.

    Args:
        picture: The image being painted has the content's masks.
        features: (1, C, h, w) activations by layer.
        strides: Pixels from cell to cell, by layer.
        radii: Receptive-field radius: pixels that a cell sees beyond those under it, on
            each side, by layer.
        moments: Of a tile: those of the whole picture, by layer; empty for a whole one.
    """

    picture: Picture
    features: dict[str, Tensor]
    strides: Mapping[str, int] = field(default_factory=dict)
    radii: Mapping[str, int] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)

    @property
    def image(self) -> Tensor:
        """(1, 3, H, W) in [0, 1]."""
        return self.picture.image

    def showing(self, image: Tensor) -> Encoded:
        """Another image with the same masks; its features are still to be computed."""
        return replace(self, picture=replace(self.picture, image=image), features={})

    def cell_masks(self, layer: str) -> dict[str, Tensor]:
        """(h, w) masks on a layer's cells by name, those without a counterpart too."""
        size = self.features[layer].shape[2:]
        picture = self.picture
        shared = downsample(picture.masks[None], *size)
        unmatched = {
            name: downsample(mask[None, None], *size)[0]
            for name, mask in picture.unmatched.items()
        }
        return unmatched | dict(zip(picture.names, shared, strict=True))

    def mean_square(self, layer: str) -> float | None:
        """Mean square of the whole picture's activations; None if this is it all."""
        return self.moments[layer].square if self.moments else None

    def variance(self, layer: str) -> float:
        """Variance of the whole picture's activations about their mean."""
        if self.moments:
            return self.moments[layer].variance
        features = self.features[layer]
        return float(features.var(dim=(2, 3), correction=0).mean())


def encode(
    encoder: Encoder,
    picture: Picture,
    layers: Sequence[str],
    moments: Mapping[str, Moments] | None = None,
) -> Encoded:
    """A picture as the terms see it, without a gradient.

    Args:
        encoder: The network.
        picture: At a level's size, or a tile of it.
        layers: That are looked at.
        moments: Of the whole picture, for a tile.
    """
    with torch.no_grad():
        features = encoder(picture.image, layers)
    return Encoded(
        picture,
        features,
        strides={layer: encoder.stride(layer) for layer in layers},
        radii={layer: encoder.radius(layer) for layer in layers},
        moments=moments or {},
    )


def check_layers(layers: Sequence[str], known: Collection[str]) -> None:
    """Raise ValueError for a layer that an encoder does not have."""
    for layer in layers:
        if layer not in known:
            raise ValueError(f"unknown layer '{layer}'; choose from {', '.join(known)}")
