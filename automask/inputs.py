"""The pictures of a run: read, told apart by masks, and of one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.config import photograph
from automask.images import read_image, read_image_as, stored_size
from automask.masks.pair import PairMasks
from automask.masks.soft import SoftMasks
from automask.scale import style_scale
from stylize import Picture
from stylize.pyramid import STYLE_SIDE, resize


@dataclass(frozen=True)
class Source:
    """A picture's file, and what a run names after it."""

    path: str
    name: str


@dataclass(frozen=True)
class Sources:
    """The files of a run: the content's and its styles'."""

    content: Source
    styles: tuple[Source, ...]

    @property
    def style_name(self) -> str:
        """Of all styles together."""
        return "+".join(style.name for style in self.styles)


@dataclass(frozen=True)
class Inputs:
    """What was read.

    Args:
        content: (1, 3, H, W) in [0, 1].
        styles: (1, 3, h, w) each.
        start: What painting starts from: an image of the content's size, a generator
            of noise, or None for the content.
    """

    content: Tensor
    styles: tuple[Tensor, ...]
    start: Tensor | torch.Generator | None


@dataclass(frozen=True)
class Masked:
    """Content and styles with their masks, the styles at the scale they are shown."""

    content: Tensor
    styles: tuple[Tensor, ...]
    content_masks: SoftMasks
    style_masks: tuple[SoftMasks, ...]
    scales: tuple[float, ...]

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
        content, *styles = (
            Picture(image.to(device), masks.probs.to(device), masks.names)
            for image, masks in zip(self.images, self.masks, strict=True)
        )
        return content, styles


def sources_of(config: DictConfig) -> Sources:
    """The files that the configuration names."""
    content = photograph(config.content)
    style = str(config.style.image)
    named = Source(style, config.style.name or Path(style).stem)
    return Sources(Source(content, Path(content).stem), (named,))


def read(config: DictConfig, sources: Sources) -> Inputs:
    """Read all pictures, and the one to start from where there is one."""
    content = read_image(sources.content.path, config.size)
    styles = tuple(read_image(style.path, config.size) for style in sources.styles)
    start: Tensor | torch.Generator | None = None  # the content
    if config.init == "random":
        start = torch.Generator().manual_seed(config.seed)
    elif config.init != "content":
        height, width = content.shape[2:]
        start = read_image_as(config.init, width, height)
    return Inputs(content, styles, start)


def masked(
    config: DictConfig, find: PairMasks, sources: Sources, inputs: Inputs
) -> Masked:
    """Find the masks of all pictures, and show the styles at their scale."""
    content, styles = find(inputs.content, inputs.styles)
    shown = [
        _scaled(config, source.path, image, content, masks)
        for source, image, masks in zip(
            sources.styles, inputs.styles, styles, strict=True
        )
    ]
    images, masks, scales = zip(*shown, strict=True)
    return Masked(inputs.content, images, content, masks, scales)


def _scaled(
    config: DictConfig, path: str, image: Tensor, content: SoftMasks, style: SoftMasks
) -> tuple[Tensor, SoftMasks, float]:
    """Read a style again where it is to be larger or smaller, and fit its masks."""
    wanted = config.style_scale if config.gamma or config.style_scale != "auto" else 1.0
    scale = style_scale(wanted, content, style, max(stored_size(path)) / config.size)
    scale = max(scale, STYLE_SIDE / min(image.shape[2:]))
    if round(scale * config.size) == config.size:
        return image, style, 1.0
    image = read_image(path, round(scale * config.size))
    probs = resize(style.probs[None], *image.shape[2:])[0]
    return image, replace(style, probs=probs), scale
