"""The pictures of a run: read, told apart by masks, and of one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.config import NOISE
from automask.images.image_files import read_image_as, stored_size
from automask.images.transparency import is_grey, read_shown
from automask.masks.combine import without_transparent
from automask.masks.pair import PairMasks
from automask.masks.portrait.face_positions import positions
from automask.masks.soft import SoftMasks
from automask.pipeline.blank import blank
from automask.pipeline.sources import Sources
from automask.pipeline.style_mix import Supply, supplied
from automask.pipeline.style_scale import style_scale
from stylize import Picture
from stylize.pyramid import STYLE_SIDE, resize

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


@dataclass(frozen=True)
class Masked:
    """Content and styles with their masks, the styles at the scale they are shown."""

    content: Tensor
    styles: tuple[Tensor, ...]
    content_masks: SoftMasks
    style_masks: tuple[SoftMasks, ...]
    scales: tuple[float, ...]
    enlarged: tuple[float, ...]  # what is still to be done by painting
    supply: Sequence[Supply] | None = None  # None: each style serves everywhere

    @property
    def images(self) -> tuple[Tensor, ...]:
        """The content and its styles."""
        return (self.content, *self.styles)

    @property
    def masks(self) -> tuple[SoftMasks, ...]:
        """Of the content and of its styles."""
        return (self.content_masks, *self.style_masks)

    def pictures(self, device: torch.device) -> tuple[Picture, list[Picture]]:
        """Content and styles as the stylizer takes them."""
        images = [image.to(device) for image in self.images]
        content, *styles = pictures(images, self.masks)
        styles = [
            replace(style, scale=scale)
            for style, scale in zip(styles, self.enlarged, strict=True)
        ]
        if self.supply is not None:
            styles = [
                replace(style, masks=each.masks.to(device), shares=each.shares)
                for style, each in zip(styles, self.supply, strict=True)
            ]
        return content, styles


def pictures(images: Sequence[Tensor], masks: Sequence[SoftMasks]) -> list[Picture]:
    """A content, its styles and their masks as the stylizer takes them.

    Args:
        images: (1, 3, H, W) each, whose device the masks are brought to.
        masks: Of each, of its size.
    """
    places = positions(masks[0], masks[1:])
    return [_picture(*each) for each in zip(images, masks, places, strict=True)]


def _picture(image: Tensor, masks: SoftMasks, places: Tensor | None) -> Picture:
    others = masks.unmatched
    unmatched = (
        replace(others, probs=others.probs.to(image)).by_name() if others else {}
    )
    return Picture(
        *(image, masks.probs.to(image), masks.names),
        unmatched=unmatched,
        positions=None if places is None else places.to(image),
    )


def read(config: DictConfig, sources: Sources) -> Inputs:
    """Read all pictures, and the one to start from where there is one."""
    cover = None
    if sources.content.path:
        content, cover = read_shown(config, sources.content.path, config.size)
    else:
        content = blank(config.size, config.aspect, sources.content.map, config.seed)
    shown = [
        read_shown(config, style.path, _own_size(style.path, config.size))
        for style in sources.styles
    ]
    styles, covers = zip(*shown, strict=True)
    start: Tensor | torch.Generator | None = None  # the content
    if config.init not in ("content", *NOISE):
        start = read_image_as(config.init, *content.shape[:1:-1])
    elif config.init in NOISE and sources.content.path:
        start = torch.Generator().manual_seed(config.seed)
    return Inputs(content, styles, start, cover, covers)


def masked(
    config: DictConfig, find: PairMasks, sources: Sources, inputs: Inputs
) -> Masked:
    """Find the masks of all pictures, and show the styles at their scale."""
    content, *styles = _found(config, find, sources, inputs)
    styles = [
        without_transparent(*each) for each in zip(styles, inputs.covers, strict=True)
    ]
    shown = [
        _scaled(config, source.path, image, content, masks)
        for source, image, masks in zip(
            sources.styles, inputs.styles, styles, strict=True
        )
    ]
    images, masks, scales, enlarged = zip(*shown, strict=True)
    supply = None
    if sources.regions:
        probs = [each.probs for each in masks]
        supply = supplied(content.names, probs, sources.regions, sources.rest)
    content = _fitted(content, inputs.content)
    return Masked(inputs.content, images, content, masks, scales, enlarged, supply)


def _found(
    config: DictConfig, find: PairMasks, sources: Sources, inputs: Inputs
) -> list[SoftMasks]:
    """Masks of the content and its styles, none larger than is looked at."""
    images = [inputs.content, *inputs.styles]
    if config.size > DETAILED:
        images = [_looked_at(image) for image in images]
    content, styles = find(images[0], images[1:], tuple(sources.regions))
    return [content, *styles]


def _looked_at(image: Tensor) -> Tensor:
    """An image as large as masks need it: they are softer than its finest pixels."""
    scale = DETAILED / max(image.shape[2:])
    height, width = (round(side * scale) for side in image.shape[2:])
    return image if scale >= 1 else resize(image, height, width)


def _fitted(masks: SoftMasks, image: Tensor) -> SoftMasks:
    """Masks at the size of an image."""
    if masks.probs.shape[1:] == image.shape[2:]:
        return masks
    unmatched = _fitted(masks.unmatched, image) if masks.unmatched else None
    probs = resize(masks.probs[None], *image.shape[2:])[0]
    faces = masks.landmarks
    if faces is not None:
        height, width = masks.probs.shape[1:]
        stretch = [image.shape[3] / width, image.shape[2] / height]
        faces = faces * faces.new_tensor(stretch)
    return replace(masks, probs=probs, unmatched=unmatched, landmarks=faces)


def _own_size(path: str, side: int) -> int:
    """Longer side that a style is read at, to be shown at ``side`` px.

    A large picture's broad strokes come from levels that enlarge the style as needed,
    its fine strokes from the style's own pixels.
    """
    return side if side <= DETAILED else min(side, max(stored_size(path)))


def _scaled(
    config: DictConfig, path: str, image: Tensor, content: SoftMasks, style: SoftMasks
) -> tuple[Tensor, SoftMasks, float, float]:
    """Read a style again where it is to be larger or smaller, and fit its masks."""
    wanted, room = config.style_scale, max(stored_size(path)) / config.size
    if wanted == "own":
        wanted = min(1.0, room)
    elif wanted == "auto" and not config.gamma:
        wanted = 1.0
    scale = style_scale(wanted, content, _as_large(style, content), room)
    scale = max(scale, STYLE_SIDE / min(image.shape[2:]))
    shown = round(scale * config.size)
    side = _own_size(path, shown)
    if side != max(image.shape[2:]):
        image, _ = read_shown(config, path, side)
    scale = 1.0 if shown == config.size else scale
    return image, _fitted(style, image), scale, shown / side


def _as_large(masks: SoftMasks, others: SoftMasks) -> SoftMasks:
    """Masks at the longer side of others."""
    side = max(others.probs.shape[1:])
    height, width = masks.probs.shape[1:]
    if side == max(height, width):
        return masks
    size = (max(1, round(each * side / max(height, width))) for each in (height, width))
    return replace(masks, probs=resize(masks.probs[None], *size)[0])
