"""Transparency that is kept, and pictures without colour that stay so."""

from __future__ import annotations

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.images.image_files import read_cut_out, read_image

LEAST = 0.5 / 255  # cover that is more than none in 8 bits
GREY = 2 / 255  # between channels of a picture that has no colour
LUMA = (0.299, 0.587, 0.114)


def read_shown(
    config: DictConfig, path: str, size: int
) -> tuple[Tensor, Tensor | None]:
    """A picture, and (H, W) in [0, 1] what of it is there; None for all of it.

    Args:
        config: With ``alpha``: keep, or white to lay it over white.
        path: Its file.
        size: Longer side in px.
    """
    if config.alpha == "white":
        return read_image(path, size), None
    return read_cut_out(path, size)


def cut_out(image: Tensor, cover: Tensor | None) -> Tensor:
    """A painted (1, 3, H, W) with its (H, W) cover as a fourth channel, if it has one.

    Nothing of the paint is left where nothing of it is seen.
    """
    if cover is None:
        return image
    cover = cover.to(image)[None, None]
    return torch.cat([image * (cover >= LEAST), cover], dim=1)


def is_grey(image: Tensor) -> bool:
    """Whether the channels of (1, 3, H, W) are alike."""
    return bool((image.amax(dim=1) - image.amin(dim=1)).max() <= GREY)


def in_grey(image: Tensor) -> Tensor:
    """(1, 3, H, W) without its colours."""
    weights = image.new_tensor(LUMA)[None, :, None, None]
    return (image * weights).sum(dim=1, keepdim=True).expand_as(image)
