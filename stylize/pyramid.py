"""The sizes that an image is painted at, coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

STYLE_SIDE = 32  # px; a smaller style has too few patches to choose from


@dataclass(frozen=True)
class Pyramid:
    """Coarse-to-fine sizes (Li & Wand 2016: three levels, each half as large).

    Args:
        levels: Sizes at most.
        factor: Of one size to the next finer one, in (0, 1).
        smallest: Px; no level's shorter side falls below it, for a picture that was
            small once has lost its shapes.
    """

    levels: int = 4
    factor: float = 0.5
    smallest: int = 130

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise ValueError(f"levels must be >= 1, got {self.levels}")
        if not 0 < self.factor < 1:
            raise ValueError(f"factor must lie in (0, 1), got {self.factor}")

    def scales(self, content: int, style: int) -> list[float]:
        """Scales of the levels, the last being 1.

        Args:
            content: Shorter side of the content, px.
            style: Shortest side of all styles, px.
        """
        scales = [self.factor**k for k in reversed(range(self.levels))]
        fit = [
            scale
            for scale in scales[:-1]
            if round(content * scale) >= self.smallest
            and round(style * scale) >= STYLE_SIDE
        ]
        return [*fit, 1.0]


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Bicubic with antialiasing, clamped to [0, 1]; the same tensor if it fits.

    Args:
        image: (1, C, H, W) in [0, 1].
        height: Px.
        width: Px.
    """
    if image.shape[2:] == (height, width):
        return image
    return resized(image, (height, width)).clamp(0, 1)


def resized(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic with antialiasing of (1, C, H, W) planes of any values."""
    if not planes.shape[1]:  # no masks: torch resizes no empty tensor
        return planes.new_zeros(1, 0, *size)
    return F.interpolate(planes, size, mode="bicubic", antialias=True)


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
