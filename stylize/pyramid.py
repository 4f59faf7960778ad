"""The sizes that an image is painted at, coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Pyramid:
    """Coarse-to-fine sizes (Li & Wand 2016: three levels, each half as large).

    Args:
        levels: Number of sizes.
        factor: Of one size to the next finer one, in (0, 1).
        smallest: Px; a level whose shorter side would fall below it is left out.
    """

    levels: int = 3
    factor: float = 0.5
    smallest: int = 48

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise ValueError(f"levels must be >= 1, got {self.levels}")
        if not 0 < self.factor < 1:
            raise ValueError(f"factor must lie in (0, 1), got {self.factor}")

    def scales(self, shortest: int) -> list[float]:
        """Scales of the levels, the last being 1.

        Args:
            shortest: Shortest side of all images at their full size, px.
        """
        scales = [self.factor**k for k in reversed(range(self.levels))]
        return [s for s in scales[:-1] if round(shortest * s) >= self.smallest] + [1.0]


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Bicubic with antialiasing, clamped to [0, 1]; the same tensor if it fits.

    Args:
        image: (1, C, H, W) in [0, 1].
        height: Px.
        width: Px.
    """
    if image.shape[2:] == (height, width):
        return image
    if not image.shape[1]:  # no masks: torch resizes no empty tensor
        return image.new_zeros(1, 0, height, width)
    resized = F.interpolate(image, (height, width), mode="bicubic", antialias=True)
    return resized.clamp(0, 1)


def downsample(masks: Tensor, height: int, width: int) -> Tensor:
    """Mean of the masks over the pixels under each cell of a feature map.

    Args:
        masks: (1, K, H, W); K may be 0.
        height: Cells.
        width: Cells.

    Returns:
        (K, height, width).
    """
    if not masks.shape[1]:
        return masks.new_zeros(0, height, width)
    return F.adaptive_avg_pool2d(masks, (height, width))[0]
