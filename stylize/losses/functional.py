"""Losses that know nothing of matching: content and smoothness."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from stylize.deterministic import mean


def feature_distance(
    current: Tensor, content: Tensor, weight: Tensor, square: float | None = None
) -> Tensor:
    """Mean squared difference of activations over the content's mean square.

    Zhao et al. 2017, Eq. 5, up to the scale: dividing by the content's own mean
    square makes a weight mean the same on every encoder, layer and size.

    Args:
        current: (1, C, h, w) activations of the image being painted.
        content: The content's.
        weight: (h, w) what each cell counts.
        square: Mean square that it is relative to; None: the content's own.
    """
    distance = mean((current - content).square() * weight)
    if square is not None:
        return distance / max(square, 1e-12)
    return distance / mean(content.square()).clamp_min(1e-12)


def emphasised(
    masks: Mapping[str, Tensor], emphasis: Mapping[str, float], plain: Tensor
) -> Tensor:
    """What each cell counts where some masks count more or less than others.

    Args:
        masks: (h, w) in [0, 1], by name.
        emphasis: What a cell counts by name of the mask that it is in; in several, what
            the last of them says.
        plain: (h, w) what it counts outside them.

    Returns:
        (h, w).
    """
    weight = plain
    for name, count in emphasis.items():
        if name in masks:
            weight = torch.lerp(weight, torch.full_like(weight, count), masks[name])
    return weight


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, along x plus along y.

    Args:
        image: (1, 3, H, W).
    """
    along_x = mean((image[..., :, 1:] - image[..., :, :-1]).square())
    along_y = mean((image[..., 1:, :] - image[..., :-1, :]).square())
    return along_x + along_y
