"""Masks to look at: laid over their pictures, and all of them on one sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from automask.masks.refine import one_hot
from automask.masks.soft import SoftMasks
from automask.masks.view.mask_colors import color_picture, mask_colors

TINT = 0.4  # how much of an overlay is the masks' colour
LINE = 1 / 500  # of the longer side: width of an outline, at least 1 px
VIEW = 640  # px of the longer side of an overlay, at most
TILE = 220  # px of the longer side of a picture on the sheet
GAP, TEXT = 10, 13  # px between tiles; of the letters
PAPER, INK, FAINT = (250, 250, 250), (20, 20, 20), (120, 120, 120)
COLUMNS = 3
LETTERS = 58  # of a caption's line, as many as fit under two tiles


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
    small = SoftMasks(masks.names, shrunk(masks.probs, side), masks.sources)
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
    small = [
        SoftMasks(each.names, shrunk(each.probs, TILE), each.sources) for each in masks
    ]
    cells = [
        cell([tile(image[0]) for image in images], " | ".join(roles)),
        cell([tile(color_picture(each)[0]) for each in small], "masks"),
        cell(
            [tile(overlay(*each)[0]) for each in zip(images, masks, strict=True)],
            "overlay",
        ),
    ]
    colors = mask_colors(masks[0].names)
    for index, (name, color) in enumerate(zip(masks[0].names, colors, strict=True)):
        planes = [each.probs[index] for each in small]
        means = " | ".join(f"{float(plane.mean()):.3f}" for plane in planes)
        sources = dict.fromkeys(each.sources[index] for each in masks)
        tiles = [tile(plane.expand(3, -1, -1)) for plane in planes]
        cells.append(cell(tiles, f"{name}   {means}", " | ".join(sources), color))
    return sheet_of(cells)


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


def cell(
    tiles: Sequence[Image.Image],
    title: str,
    note: str = "",
    color: Sequence[float] | None = None,
) -> Image.Image:
    """Tiles in a row above a title, a note, and the mask's colour (R, G, B)."""
    width, height = len(tiles) * (TILE + GAP), max(each.height for each in tiles)
    made = Image.new("RGB", (width, height + 3 * TEXT + GAP), PAPER)
    draw = ImageDraw.Draw(made)
    for index, each in enumerate(tiles):
        made.paste(each, (index * (TILE + GAP), 0))
    top, left = height + 4, 0
    if color is not None:
        fill = tuple(round(255 * value) for value in color)
        draw.rectangle((0, top + 1, TEXT - 2, top + TEXT - 1), fill, FAINT)
        left = TEXT + 4
    font = ImageFont.load_default(TEXT)
    fits = LETTERS * len(tiles) // 2
    draw.text((left, top), shortened(title, fits), INK, font)
    draw.text((left, top + TEXT + 2), shortened(note, fits), FAINT, font)
    return made


def shortened(text: str, letters: int) -> str:
    """A line cut to so many letters; what the font has not becomes a question mark."""
    plain = text.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= letters else f"{plain[: letters - 3]}..."


def sheet_of(cells: Sequence[Image.Image]) -> Tensor:
    """Cells in rows; each row as high as its highest cell."""
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    heights = [max(each.height for each in row) + GAP for row in rows]
    width = COLUMNS * (cells[0].width + GAP) + GAP
    made = Image.new("RGB", (width, sum(heights) + GAP), PAPER)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, each in enumerate(row):
            made.paste(each, (GAP + column * (each.width + GAP), top))
        top += height
    return torch.from_numpy(np.asarray(made, np.float32) / 255).permute(2, 0, 1)[None]
