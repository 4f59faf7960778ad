"""What texture statistics are taken of: activations, and whitened blocks of pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.deterministic import inverse_size
from stylize.encoders.encoder import Encoded
from stylize.ranges import check_weight

PIXELS = "pixels"  # a layer that every encoder has: blocks of the image itself
BLOCK = 4  # px, side of a block
NOISE = 1e-4  # variance (σ = 0.01 of the range) that whitening takes for no detail

See = Callable[[Encoded, str], Tensor]
"""From an encoded image and a layer to its (1, C, h, w) description."""


@dataclass(frozen=True)
class Whitening:
    """Blocks of pixels in coordinates where the styles' vary by one in all directions.

    What an encoder is blind to it leaves undetermined, hence fine colour noise. In
    these coordinates each frequency and colour counts by how far it is from what the
    styles have of it: noise weighs as much as strokes.

    Args:
        mean: (48, 1) of the styles' blocks.
        matrix: (48, 48), the inverse root of their covariance.
    """

    mean: Tensor
    matrix: Tensor

    def __call__(self, image: Tensor) -> Tensor:
        """(1, 3, H, W) to (1, 49, H / 4, W / 4); the last channel is 1 everywhere."""
        cells, (height, width) = _blocks(image)
        white = self.matrix @ (cells - self.mean)
        ones = white.new_ones(1, white.shape[1])
        return torch.cat([white, ones]).view(1, -1, height, width)


def seeing(styles: Sequence[Encoded], parts: Sequence[float]) -> See:
    """How pictures are seen: by an encoder's layers, or by ``pixels``.

    Activations are divided by their root mean square over the styles.

    Args:
        styles: What the blocks are whitened by.
        parts: Weight of each, adding up to 1.
    """
    whiten = whitening([style.image for style in styles], parts)
    scales = {
        layer: inverse_size([style.features[layer] for style in styles])
        for layer in styles[0].features
    }

    def see(encoded: Encoded, layer: str) -> Tensor:
        if layer == PIXELS:
            return whiten(encoded.image)
        return encoded.features[layer].float() * scales[layer]

    return see


def whitening(images: Sequence[Tensor], parts: Sequence[float]) -> Whitening:
    """Whitening by the blocks of images that count by ``parts``."""
    blocks = [_blocks(image)[0].double() for image in images]
    means = [cells.mean(dim=1, keepdim=True) for cells in blocks]
    weighted = list(zip(parts, blocks, strict=True))
    mean = sum(
        (part * own for part, own in zip(parts, means, strict=True)),
        torch.zeros_like(means[0]),
    )
    covariance = torch.zeros_like(mean @ mean.T)
    for part, cells in weighted:
        centred = cells - mean
        covariance += part / cells.shape[1] * (centred @ centred.T)
    values, vectors = torch.linalg.eigh(covariance)
    inverse_root = (vectors * (values.clamp_min(0) + NOISE).rsqrt()) @ vectors.T
    return Whitening(mean.to(images[0]), inverse_root.to(images[0]))


def encoder_layers(texture: dict[str, float]) -> list[str]:
    """Those of the layers that the encoder has to compute."""
    return [layer for layer in texture if layer != PIXELS]


def check_texture(texture: dict[str, float]) -> None:
    """Raise ValueError unless there are layers and each has a weight."""
    if not texture:
        raise ValueError("texture needs at least one layer, such as {relu3_1: 1}")
    for layer, weight in texture.items():
        check_weight(f"texture of {layer}", weight)


def _blocks(image: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """(48, N) blocks of the image, and how many rows and columns of them there are."""
    height, width = (side // BLOCK for side in image.shape[2:])
    whole = image[..., : height * BLOCK, : width * BLOCK]
    return F.pixel_unshuffle(whole, BLOCK)[0].flatten(1), (height, width)
