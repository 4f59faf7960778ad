"""An image by bands of frequencies, each with the detail of about one size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

FINEST = 0.4  # px, σ of the first blur; each further one is twice as wide


def bands(planes: Tensor, count: int) -> list[Tensor]:
    """Differences of ever wider Gaussians (Burt & Adelson 1983), all at full size.

    Args:
        planes: (1, C, H, W).
        count: Of bands, the finest first; what is coarser is left out.

    Returns:
        (1, C, H, W) each.
    """
    found = []
    for k in range(count):
        coarser = blur(planes, FINEST * 2**k)
        found.append(planes - coarser)
        planes = coarser
    return found


def blur(planes: Tensor, sigma: float) -> Tensor:
    """Gaussian blur; beyond the border the outermost pixels are repeated.

    Args:
        planes: (1, C, H, W).
        sigma: Px.
    """
    radius = round(3 * sigma)
    offsets = torch.arange(-radius, radius + 1).to(planes)
    weights = torch.exp(-offsets.square() / (2 * sigma * sigma))
    weights /= weights.sum()
    channels = planes.transpose(0, 1)  # one kernel for all
    for kernel, pad in (
        (weights.view(1, 1, 1, -1), (radius, radius, 0, 0)),
        (weights.view(1, 1, -1, 1), (0, 0, radius, radius)),
    ):
        channels = F.conv2d(F.pad(channels, pad, mode="replicate"), kernel)
    return channels.transpose(0, 1)
