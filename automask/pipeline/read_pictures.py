"""Read the pictures of a run: content, styles, and what painting starts from."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from math import ceil

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.config import NOISE, aspect_of
from automask.images.image_files import (
    MIN_SIDE,
    fitted,
    read_image_as,
    resampled,
    stored_size,
)
from automask.images.transparency import is_grey, read_with_alpha
from automask.keys import SIZE
from automask.masks.drawn.drawn_masks import map_size
from automask.pipeline.sources import Sources

DETAILED = 1280  # px; up to here a style is enlarged
# Px of the longer side at which masks are sought, whatever the result's size. Masks of
# labelled portraits are as good from 512 to 1024 px; small faces need the most.
WORKING = 1024


@dataclass(frozen=True)
class Original:
    """A picture at the size at which masks are sought in it.

    Args:
        path: Its file; empty for a blank sheet.
        image: (1, 3, H, W) in [0, 1].
        cover: (H, W) in [0, 1], 0 where it is transparent; None: it is opaque.
    """

    path: str
    image: Tensor
    cover: Tensor | None = None

    def at(self, config: DictConfig, side: int) -> tuple[Tensor, Tensor | None]:
        """The picture and its cover with a longer side of so many px.

        The file is decoded once more only for a picture larger than this one.

        Raises:
            ValueError: If the picture is too narrow at that size.
        """
        if side > max(self.image.shape[2:]):
            return read_with_alpha(config, self.path, side)
        shape = fitted(self.path, *stored_size(self.path), side)
        wide = self.image.shape[3] >= self.image.shape[2]
        width, height = sorted(shape, reverse=wide)  # upright
        image = resampled(self.image, width, height)
        if self.cover is None:
            return image, None
        return image, resampled(self.cover[None, None], width, height)[0, 0]


@dataclass(frozen=True)
class Inputs:
    """What was read.

    Args:
        content: (1, 3, H, W) in [0, 1], of the result's size.
        originals: The content and its styles as masks are sought in them.
        start: What painting starts from: an image of the content's size, a generator
            of noise, or None for the content.
        cover: (H, W) in [0, 1], 0 where the content is transparent and stays so; None:
            all of it is painted.
    """

    content: Tensor
    originals: tuple[Original, ...]
    start: Tensor | torch.Generator | None
    cover: Tensor | None = None

    @property
    def grey(self) -> bool:
        """Whether there is no colour in any of them."""
        return all(is_grey(each.image) for each in self.originals)


def read_pictures(config: DictConfig, sources: Sources) -> Inputs:
    """Read all pictures, and the one to start from where there is one."""
    styles = [original(config, style.path) for style in sources.styles]
    if sources.content.path:
        own = original(config, sources.content.path)
        content, cover = own.at(config, config.size)
    else:
        content = blank(config.size, config.aspect, sources.content.map, config.seed)
        own, cover = Original("", _at_most(content, WORKING)), None
    start: Tensor | torch.Generator | None = None  # the content
    if config.init not in ("content", *NOISE):
        start = read_image_as(config.init, *content.shape[:1:-1])
    elif config.init in NOISE and sources.content.path:
        start = torch.Generator().manual_seed(config.seed)
    return Inputs(content, (own, *styles), start, cover)


def original(config: DictConfig, path: str) -> Original:
    """A file's picture as masks are sought in it.

    A smaller one keeps its size: masks of an enlarged one are no better.
    """
    longer, shorter = sorted(stored_size(path), reverse=True)
    least = ceil(MIN_SIDE * longer / shorter)
    return Original(
        path, *read_with_alpha(config, path, max(min(longer, WORKING), least))
    )


def _at_most(image: Tensor, side: int) -> Tensor:
    """(1, C, H, W) whose longer side has no more than so many px."""
    scale = min(1.0, side / max(image.shape[2:]))
    height, width = (max(1, round(each * scale)) for each in image.shape[2:])
    return resampled(image, width, height)


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
