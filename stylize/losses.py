"""Losses that know nothing of matching: content and smoothness."""

from __future__ import annotations

import torch
from torch import Tensor


def feature_distance(current: Tensor, content: Tensor, weight: Tensor) -> Tensor:
    """Mean squared difference of activations over the content's mean square.

    Zhao et al. 2017, Eq. 5, up to the scale: dividing by the content's own mean
    square makes a weight mean the same on every encoder, layer and size.

    Args:
        current: (1, C, h, w) activations of the image being painted.
        content: The content's.
        weight: (h, w) what each cell counts.
    """
    distance = ((current - content).square() * weight).mean()
    return distance / content.square().mean().clamp_min(1e-12)


def region_weights(masks: Tensor, balance: float) -> Tensor:
    """What each cell counts so that small regions are not overrun.

    Args:
        masks: (K, h, w) in [0, 1]; K may be 0.
        balance: 0 weighs cells alike, 1 gives each region the weight of the image.

    Returns:
        (h, w), at least 1: the area to the power of -balance, as a share of the image,
        of the smallest region that holds the cell.
    """
    ones = masks.new_ones(masks.shape[1:])
    if not len(masks) or not balance:
        return ones
    area = masks.mean(dim=(1, 2), keepdim=True).clamp_min(1 / ones.numel())
    return torch.maximum((masks * area**-balance).amax(dim=0), ones)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, along x plus along y.

    Args:
        image: (1, 3, H, W).
    """
    along_x = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    along_y = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    return along_x + along_y
