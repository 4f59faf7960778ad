"""The sheet that a picture without a photograph begins on."""

from __future__ import annotations

import torch
from torch import Tensor

from automask.config import aspect_of
from automask.images.image_files import MIN_SIDE
from automask.masks.drawn.drawn_masks import map_size


def blank(size: int, aspect: object, drawn: object, seed: int) -> Tensor:
    """Noise in the proportions wanted, (1, 3, H, W) in [0, 1].

    Args:
        size: Longer side, px.
        aspect: Width to height, or "map" for those of the drawn masks.
        drawn: The map.
        seed: Of the noise.

    Raises:
        ValueError: If the sheet would be too narrow.
        OSError: If the map cannot be read.
    """
    if aspect == "map":
        columns, rows = map_size(drawn)
        ratio = columns / rows
    else:
        ratio = aspect_of(aspect)
    height, width = round(size / max(ratio, 1)), round(size * min(ratio, 1))
    if min(height, width) < MIN_SIDE:
        raise ValueError(
            f"a sheet of {width}x{height} px is too narrow: the shorter side needs at "
            f"least {MIN_SIDE} px; raise size"
        )
    return torch.rand(
        1, 3, height, width, generator=torch.Generator().manual_seed(seed)
    )
