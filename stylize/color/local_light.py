"""Light and colour that follow the content's from place to place."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from stylize.color.luminance import luma
from stylize.deterministic import dot, total
from stylize.picture import Picture
from stylize.strokes.bands import blur

WIDTH = 0.012  # σ over which light is averaged, share of the longer side
ROOM = 0.97  # light that a highlight comes near to and does not pass


def shaded(image: Tensor, content: Picture, shading: Mapping[str, float]) -> Tensor:
    """A recoloured content with the light and shade that each region had.

    A map of colours that makes a dark face pale leaves little of its contrast. Here
    each pixel is at least as much darker than its region's mean as it was. Where the
    mean becomes lighter by some factor, contrast grows by its square root: between
    light that is added and light that is multiplied. What is lighter rolls off before
    white.

    Args:
        image: (1, 3, H, W) the content after a transfer of colours.
        content: As it was before.
        shading: Share of this by the names of regions, in [0, 1].
    """
    for mask, share in _regions(content, shading):
        was, now = luma(content.image), luma(image)
        before, middle = _mean(was, mask), _mean(now, mask)
        deviation = was - before
        spread = _mean(deviation.square(), mask).clamp_min(1e-6)
        slope = _mean(deviation * now, mask) / spread
        slope = slope.clamp_min(1).maximum((middle / before.clamp_min(0.05)).sqrt())
        wanted = middle + _rolled_off(slope * deviation, ROOM - middle)
        image = (image + share * mask * (wanted - now)).clamp(0, 1)
    return image


def lit(painted: Tensor, content: Picture, shading: Mapping[str, float]) -> Tensor:
    """A painted image with the content's light in some regions, finer strokes apart.

    Args:
        painted: (1, 3, H, W).
        content: As painting sees it, with the masks.
        shading: Share of this by the names of regions, in [0, 1].
    """
    for mask, share in _regions(content, shading):
        change = luma(content.image) - luma(painted)
        painted = painted + share * mask * averaged(change, mask)
    return painted.clamp(0, 1)


def averaged(planes: Tensor, mask: Tensor) -> Tensor:
    """The mean of (1, C, H, W) planes about each place, within an (H, W) mask."""
    width = WIDTH * max(planes.shape[2:])
    mask = mask.expand(1, 1, -1, -1)
    return blur(planes * mask, width) / blur(mask, width).clamp_min(1e-3)


def _regions(
    content: Picture, shading: Mapping[str, float]
) -> list[tuple[Tensor, float]]:
    masks = content.regions
    return [(masks[name], share) for name, share in shading.items() if name in masks]


def _mean(plane: Tensor, mask: Tensor) -> Tensor:
    return dot(plane, mask) / total(mask).clamp_min(1e-6)


def _rolled_off(deviation: Tensor, room: Tensor) -> Tensor:
    """Deviations of which the upward ones come near to the room and do not pass it."""
    room = room.clamp_min(0.02)
    return torch.where(deviation > 0, room * (1 - (-deviation / room).exp()), deviation)
