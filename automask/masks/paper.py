"""White paper: what a picture leaves blank, as a region of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.soft import SoftMasks

NAME, SOURCE = "paper", "white that is flat"
DARKEST, WHITE = 0.88, 0.94  # least channel of what begins to be white, and of white
CORE = 0.01  # of the longer side: how far from all else the inside of paper lies
AROUND = 5  # times as far around it what is white is paper too, as between letters
CONTENT, STYLE = 0.1, 0.04  # shares of white up to which it is none; it is at twice


def with_paper(images: Sequence[Tensor], masks: Sequence[SoftMasks]) -> list[SoftMasks]:
    """The masks and paper as one more, if the content has it and the styles have white.

    A drawing's paper is matched with the white of a painting, where there is any. Small
    or ragged white, such as highlights and clouds, is no paper.

    Args:
        images: (1, 3, H, W) in [0, 1] of the content and its styles.
        masks: Of each, of its size, with the same names; the others give way to paper.
    """
    blank = paper(images[0])
    whites = [white(style) for style in images[1:]]
    shown = sum(float(each.mean()) for each in whites) / len(whites)
    trust = _trust(float(blank.mean()), CONTENT) * _trust(shown, STYLE)
    if not trust:
        return list(masks)
    return [
        _with(found, trust * own)
        for found, own in zip(masks, (blank, *whites), strict=True)
    ]


def white(image: Tensor) -> Tensor:
    """(H, W) in [0, 1]: how white each pixel of (1, 3, H, W) is."""
    return ((image[0].amin(dim=0) - DARKEST) / (WHITE - DARKEST)).clamp(0, 1)


def paper(image: Tensor) -> Tensor:
    """(H, W) in [0, 1]: the white of (1, 3, H, W) that is part of something flat."""
    found = white(image)
    radius = max(1, round(CORE * max(found.shape)))
    core = -_spread(-found, radius)
    return torch.minimum(found, _spread(core, AROUND * radius))


def _spread(mask: Tensor, radius: int) -> Tensor:
    """The largest within so many px, along the columns and then along the rows."""
    window = 2 * radius + 1
    for size, pad in (((window, 1), (radius, 0)), ((1, window), (0, radius))):
        mask = F.max_pool2d(mask[None, None], size, stride=1, padding=pad)[0, 0]
    return mask


def _trust(share: float, least: float) -> float:
    return min(max(share / least - 1, 0.0), 1.0)


def _with(masks: SoftMasks, own: Tensor) -> SoftMasks:
    """The masks, which give way to paper."""
    if not masks.names:
        masks = SoftMasks(("background",), torch.ones(1, *own.shape), (SOURCE,))
    return replace(
        masks,
        names=(*masks.names, NAME),
        probs=torch.cat([masks.probs * (1 - own), own[None]]),
        sources=(*masks.sources, SOURCE),
        confidence=(*masks.confidence, 1.0),
    )
