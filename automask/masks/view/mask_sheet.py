"""Masks to look at: laid over their pictures, and all of them on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from automask.images.sheet_tiles import GAP, captioned, grid
from automask.masks.refine import one_hot
from automask.masks.soft import SoftMasks
from automask.masks.view.mask_colors import color_picture, mask_colors

TINT = 0.4  # how much of an overlay is the masks' colour
LINE = 1 / 500  # of the longer side: width of an outline, at least 1 px
VIEW = 640  # px of the longer side of an overlay, at most
TILE = 220  # px of the longer side of a picture on the sheet
PITCH = TILE + GAP  # px from one tile of a cell to the next
COLUMNS = 3


def overlay(image: Tensor, masks: SoftMasks, side: int = VIEW) -> Tensor:
    """The picture, tinted by its masks and with their outlines.

    Args:
        image: (1, 3, H, W) in [0, 1].
        masks: Of that size; each pixel's most probable one gives the outline.
        side: Longer side of the overlay in px, at most.

    Returns:
        (1, 3, h, w) in [0, 1].
    """
    seen = shrunk(image[0], side)[None]
    if not masks.names:
        return seen
    small = replace(masks, probs=shrunk(masks.probs, side))
    tinted = torch.lerp(seen, color_picture(small), TINT)
    owner = one_hot(small).probs.argmax(0).numpy().astype(np.uint8)
    thick = max(1, round(LINE * max(owner.shape)))
    kernel = np.ones((1 + thick, 1 + thick), np.uint8)
    border = torch.from_numpy(cv2.dilate(owner, kernel) != cv2.erode(owner, kernel))
    return torch.where(border, torch.ones(()), tinted)


def contact_sheet(
    images: Sequence[Tensor], masks: Sequence[SoftMasks], roles: Sequence[str]
) -> Tensor:
    """Every mask of all images side by side, with name, mean and source.

    The first row shows pictures, colour pictures and overlays; then comes one cell a
    mask, with a tile for each image.

    Args:
        images: (1, 3, H, W) in [0, 1], the content and its styles.
        masks: Theirs, of the same names in the same order.
        roles: What to call each image.

    Returns:
        (1, 3, h, w) in [0, 1].
    """
    small = [replace(each, probs=shrunk(each.probs, TILE)) for each in masks]
    pictures = [tile(image[0]) for image in images]
    colored = [tile(color_picture(each)[0]) for each in small]
    laid_over = [tile(overlay(*each)[0]) for each in zip(images, masks, strict=True)]
    cells = [
        captioned(pictures, PITCH, " | ".join(roles)),
        captioned(colored, PITCH, "masks"),
        captioned(laid_over, PITCH, "overlay"),
    ]
    colors = mask_colors(masks[0].names)
    for index, (name, color) in enumerate(zip(masks[0].names, colors, strict=True)):
        planes = [each.probs[index] for each in small]
        trust = [each.confidence[index] for each in masks]
        sources = dict.fromkeys(each.sources[index] for each in masks)
        tiles = [tile(plane.expand(3, -1, -1)) for plane in planes]
        title, note = caption(name, planes, trust), " | ".join(sources)
        cells.append(captioned(tiles, PITCH, title, note, color))
    return grid(cells, COLUMNS)


def caption(name: str, planes: Sequence[Tensor], trust: Sequence[float]) -> str:
    """A mask's name, its mean in each image, and before them its confidence below 1."""
    means = " | ".join(f"{float(plane.mean()):.3f}" for plane in planes)
    shares = " | ".join(f"{100 * share:.0f} %" for share in trust)
    return f"{name} {shares}   {means}" if min(trust) < 1 else f"{name}   {means}"


def shrunk(planes: Tensor, side: int) -> Tensor:
    """(C, H, W) averaged down to a longer side of so many px, if it is larger."""
    height, width = planes.shape[-2:]
    scale = side / max(height, width)
    if scale >= 1 or not len(planes):
        return planes
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = [
        cv2.resize(each.numpy(), size, interpolation=cv2.INTER_AREA) for each in planes
    ]
    return torch.from_numpy(np.stack(small)).clamp(0, 1)


def tile(planes: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] as a picture of at most TILE px."""
    codes = (shrunk(planes, TILE).clamp(0, 1) * 255).round().byte()
    return Image.fromarray(codes.permute(1, 2, 0).contiguous().numpy())
