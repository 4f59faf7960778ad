"""The colour picture of soft masks that the paper shows beside each image."""

from __future__ import annotations

import torch
from torch import Tensor

from automask.masks.soft import SoftMasks

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


def color_picture(masks: SoftMasks) -> Tensor:
    """Masks as one picture, each painted over those before it by its probability.

    Args:
        masks: In painting order: background, objects, skin, parts of the face.

    Returns:
        (1, 3, H, W) in [0, 1]; black where no mask is.
    """
    picture = torch.zeros(3, *masks.probs.shape[-2:])
    other = 0
    for name, prob in zip(masks.names, masks.probs, strict=True):
        color = COLORS.get(name)
        if color is None:
            color, other = OTHERS[other % len(OTHERS)], other + 1
        picture = torch.lerp(picture, torch.tensor(color)[:, None, None], prob)
    return picture[None]
