"""Turned and resized copies of the styles, for strokes in more directions and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.picture import Picture, mapped, sized
from stylize.pyramid import STYLE_SIDE
from stylize.ranges import check_weight


@dataclass(frozen=True)
class Copies:
    """(2r + 1)(2s + 1) copies of each style (Li & Wand 2016, Sec. 4), all masks along.

    Args:
        rotations: r: by -r … r times ``angle``.
        scales: s: by ``factor`` to the power of -s … s.
        angle: Degrees; π/24 in the code of CNNMRF.
        factor: Above 1.
    """

    rotations: int = 0
    scales: int = 0
    angle: float = 7.5
    factor: float = 1.05

    def __post_init__(self) -> None:
        if self.rotations < 0 or self.scales < 0:
            raise ValueError(
                "copies: rotations and scales must be >= 0, "
                f"got {self.rotations} and {self.scales}"
            )
        check_weight("angle of copies", self.angle)
        if self.rotations * self.angle > 90:
            raise ValueError(
                f"copies turn by {self.rotations} x {self.angle:g} degrees; "
                "90 is the most"
            )
        if not 1 < self.factor <= 2:
            raise ValueError(
                f"factor of copies must lie in (1, 2], got {self.factor:g}"
            )

    def __call__(self, styles: Sequence[Picture]) -> list[Picture]:
        """The styles, each followed by its copies, cut to what a turned style covers.

        Copies too small to hold patches are left out.
        """
        copies = [
            _copy(style, turn * self.angle, self.factor**power)
            for style in styles
            for turn in _from_zero(self.rotations)
            for power in _from_zero(self.scales)
        ]
        large = [copy for copy in copies if min(copy.image.shape[2:]) >= STYLE_SIDE]
        return large or copies


def _from_zero(most: int) -> list[int]:
    """0, -1, 1, -2, 2 …: of equal matches the unturned style's is taken."""
    return sorted(range(-most, most + 1), key=lambda k: (abs(k), k))


def _copy(style: Picture, angle: float, factor: float) -> Picture:
    """One copy, all that the style has along with it."""
    if factor != 1:
        style = sized(style, *(round(side * factor) for side in style.image.shape[2:]))
    return mapped(style, lambda planes: _turned(planes, angle)) if angle else style


def _turned(style: Tensor, angle: float) -> Tensor:
    """(1, C, h, w) turned anticlockwise by degrees, cut to what it covers."""
    height, width = style.shape[2:]
    rows, columns = _covered(height, width, angle)
    y, x = torch.meshgrid(
        torch.arange(rows, device=style.device) - (rows - 1) / 2,
        torch.arange(columns, device=style.device) - (columns - 1) / 2,
        indexing="ij",
    )  # px from the centre
    s, c = sin(radians(angle)), cos(radians(angle))
    grid = torch.stack([2 * (c * x - s * y) / width, 2 * (s * x + c * y) / height], -1)
    return F.grid_sample(style, grid[None], align_corners=False)


def _covered(height: int, width: int, angle: float) -> tuple[int, int]:
    """Sides of the largest upright rectangle within a turned one, px."""
    s, c = abs(sin(radians(angle))), abs(cos(radians(angle)))
    long, short = max(height, width), min(height, width)
    if short <= 2 * s * c * long or abs(s - c) < 1e-9:
        half = short / 2
        across, along = (
            (half / s, half / c) if width >= height else (half / c, half / s)
        )
    else:
        across = (width * c - height * s) / (c * c - s * s)
        along = (height * c - width * s) / (c * c - s * s)
    return max(1, int(along) - 1), max(1, int(across) - 1)
