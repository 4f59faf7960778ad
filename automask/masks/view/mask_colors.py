"""The colour picture of soft masks that the paper shows beside each image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import torch
from PIL import ImageColor
from torch import Tensor

from automask.masks.combine import BACKGROUND, PERSON_PARTS, objects
from automask.masks.soft import SoftMasks

STRIP = 1024  # rows
COLORS = {
    # Zhao et al. 2017, Section 5.3.
    "background": (0.0, 1.0, 0.0),
    "person": (1.0, 0.0, 0.0),
    "skin": (0.0, 0.0, 1.0),
    "eyes": (0.0, 1.0, 1.0),
    "nose": (1.0, 1.0, 0.0),
    "mouth": (1.0, 0.0, 1.0),
    # Not in the paper.
    "brows": (1.0, 1.0, 1.0),
    "hair": (0.45, 0.25, 0.1),
    "clothing": (0.7, 0.3, 0.4),
    "ears": (0.4, 0.4, 1.0),
    "lips": (1.0, 0.3, 0.6),
    "sky": (0.5, 0.8, 1.0),
    "water": (0.1, 0.3, 0.6),
    "plants": (0.2, 0.45, 0.0),
}
OTHERS = (
    (1.0, 0.5, 0.0),
    (0.5, 0.0, 0.5),
    (0.0, 0.5, 0.5),
    (0.5, 0.5, 0.0),
    (1.0, 0.6, 0.7),
    (0.6, 0.3, 0.1),
    (0.5, 0.7, 1.0),
    (0.0, 0.4, 0.0),
)
"""Objects other than a person, in the order of the masks; repeats after eight."""


def mask_colors(names: Sequence[str]) -> list[tuple[float, ...]]:
    """A colour for each mask, (R, G, B) in [0, 1]; one named #rrggbb has its own."""
    others = count()
    return [
        COLORS[name]
        if name in COLORS
        else tuple(value / 255 for value in ImageColor.getrgb(name)[:3])
        if name.startswith("#")
        else OTHERS[next(others) % len(OTHERS)]
        for name in names
    ]


def color_picture(masks: SoftMasks) -> Tensor:
    """Masks as one picture: objects mixed by their shares, parts painted over them.

    Args:
        masks: Background and objects, then each part after what it lies within.

    Returns:
        (1, 3, H, W) in [0, 1]; black where no mask is.
    """
    if masks.probs.shape[-2] > STRIP:  # a pixel takes many floats for a while
        strips = [
            color_picture(replace(masks, probs=strip))
            for strip in masks.probs.split(STRIP, dim=1)
        ]
        return torch.cat(strips, dim=2)
    colors = torch.tensor(mask_colors(masks.names)).reshape(len(masks.names), 3, 1, 1)
    picture = torch.zeros(3, *masks.probs.shape[-2:])
    taken = torch.zeros(masks.probs.shape[-2:])
    for name, color, prob in zip(masks.names, colors, masks.probs, strict=True):
        if name in objects(masks.names):
            picture = picture + prob * color
            taken = taken + prob
    picture = picture / taken.clamp_min(1)
    for name, color, prob in zip(masks.names, colors, masks.probs, strict=True):
        if name == BACKGROUND:
            picture = picture + prob.minimum((1 - taken).clamp_min(0)) * color
        elif name in PERSON_PARTS:
            picture = torch.lerp(picture, color, prob)
    return picture.clamp(0, 1)[None]
