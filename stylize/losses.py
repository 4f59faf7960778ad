"""Losses that know nothing of matching: content and smoothness."""

from __future__ import annotations

from torch import Tensor


def feature_distance(current: Tensor, content: Tensor) -> Tensor:
    """Mean squared difference of activations over the content's mean square.

    Zhao et al. 2017, Eq. 5, up to the scale: dividing by the content's own mean
    square makes a weight mean the same on every encoder, layer and size.

    Args:
        current: (1, C, h, w) activations of the image being painted.
        content: The content's.
    """
    return (current - content).square().mean() / content.square().mean().clamp_min(
        1e-12
    )


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, along x plus along y.

    Args:
        image: (1, 3, H, W).
    """
    along_x = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    along_y = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    return along_x + along_y
