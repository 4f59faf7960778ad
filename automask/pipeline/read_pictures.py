"""Read the pictures of a run: content, styles, and what painting starts from."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.config import NOISE, aspect_of
from automask.images.image_files import MIN_SIDE, read_image_as, stored_size
from automask.images.transparency import is_grey, read_shown
from automask.keys import SIZE
from automask.masks.drawn.drawn_masks import map_size
from automask.pipeline.sources import Sources

DETAILED = 1280  # px; up to here a style is enlarged and all of a picture looked at


@dataclass(frozen=True)
class Inputs:
    """What was read.

    Args:
        content: (1, 3, H, W) in [0, 1].
        styles: (1, 3, h, w) each.
        start: What painting starts from: an image of the content's size, a generator
            of noise, or None for the content.
        cover: (H, W) in [0, 1], 0 where the content is transparent and stays so; None:
            all of it is painted.
        covers: The same of the styles, 0 where nothing is to be matched.
    """

    content: Tensor
    styles: tuple[Tensor, ...]
    start: Tensor | torch.Generator | None
    cover: Tensor | None = None
    covers: tuple[Tensor | None, ...] = ()

    @property
    def grey(self) -> bool:
        """Whether there is no colour in any of them."""
        return all(map(is_grey, (self.content, *self.styles)))


def read_pictures(config: DictConfig, sources: Sources) -> Inputs:
    """Read all pictures, and the one to start from where there is one."""
    cover = None
    if sources.content.path:
        content, cover = read_shown(config, sources.content.path, config.size)
    else:
        content = blank(config.size, config.aspect, sources.content.map, config.seed)
    shown = [
        read_shown(config, style.path, style_size(style.path, config.size))
        for style in sources.styles
    ]
    styles, covers = zip(*shown, strict=True)
    start: Tensor | torch.Generator | None = None  # the content
    if config.init not in ("content", *NOISE):
        start = read_image_as(config.init, *content.shape[:1:-1])
    elif config.init in NOISE and sources.content.path:
        start = torch.Generator().manual_seed(config.seed)
    return Inputs(content, styles, start, cover, covers)


def style_size(path: str, side: int) -> int:
    """Longer side that a style is read at, to be shown at ``side`` px.

    A large picture's broad strokes come from levels that enlarge the style as needed,
    its fine strokes from the style's own pixels.
    """
    return side if side <= DETAILED else min(side, max(stored_size(path)))


def blank(size: int, aspect: object, drawn: object, seed: int) -> Tensor:
    """What a picture without a photograph begins on: (1, 3, H, W) noise in [0, 1].

    Args:
        size: Longer side, px.
        aspect: Width to height, or "map" for those of the drawn masks.
        drawn: The map.
        seed: Of the noise.

    Raises:
        ValueError: If it would be too narrow.
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
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator)


def with_size(config: DictConfig, sources: Sources) -> DictConfig:
    """The configuration with its size in px.

    Raises:
        ValueError: If there is no photograph to ask, or it is too large or small.
        OSError: If it cannot be read.
    """
    if config.size != "own":
        return config
    if not sources.content.path:
        raise ValueError("size=own needs a content; give size in px")
    side = max(stored_size(sources.content.path))
    if side not in SIZE:
        raise ValueError(
            f"size must be {SIZE}, and '{sources.content.path}' has {side} px; give "
            "another one than size=own"
        )
    config = copy.deepcopy(config)
    config.size = side
    return config
