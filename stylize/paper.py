"""White paper: what a picture leaves blank, as a region of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.picture import Picture

NAME = "paper"
DARKEST, WHITE = 0.88, 0.94  # least channel of what begins to be white, and of white
CORE = 0.01  # of the longer side: how far from all else the inside of paper lies
REACH = 5  # times as far around it what is white is paper too, as between letters
CONTENT, STYLE = 0.1, 0.04  # share of white that is none to speak of; twice as much is


def with_paper(
    content: Picture, styles: Sequence[Picture]
) -> tuple[Picture, Sequence[Picture]]:
    """The same with paper told apart, if the content has it and the styles have white.

    A drawing's paper is matched with the white of a painting, where there is any. Small
    or ragged white, such as highlights and clouds, is no paper. Where each region has a
    style of its own there is nothing to choose.
    """
    if any(style.shares for style in styles):
        return content, styles
    blank = paper(content.image)
    whites = [white(style.image) for style in styles]
    shown = sum(float(each.mean()) for each in whites) / len(whites)
    trust = _trust(float(blank.mean()), CONTENT) * _trust(shown, STYLE)
    if not trust:
        return content, styles
    return _split(content, trust * blank), [
        _split(style, trust * each) for style, each in zip(styles, whites, strict=True)
    ]


def white(image: Tensor) -> Tensor:
    """(H, W) in [0, 1]: how white each pixel of (1, 3, H, W) is."""
    return ((image[0].amin(dim=0) - DARKEST) / (WHITE - DARKEST)).clamp(0, 1)


def paper(image: Tensor) -> Tensor:
    """(H, W) in [0, 1]: the white of (1, 3, H, W) that is part of something flat."""
    found = white(image)
    reach = max(1, round(CORE * max(found.shape)))
    core = -_spread(-found, reach)
    return torch.minimum(found, _spread(core, REACH * reach))


def _spread(mask: Tensor, reach: int) -> Tensor:
    """The largest within so many px."""
    window = 2 * reach + 1
    return F.max_pool2d(mask[None, None], window, stride=1, padding=reach)[0, 0]


def _trust(share: float, least: float) -> float:
    return min(max(share / least - 1, 0.0), 1.0)


def _split(picture: Picture, own: Tensor) -> Picture:
    masks = torch.cat([picture.masks * (1 - own), own[None]])
    return replace(picture, masks=masks, names=(*picture.names, NAME))
