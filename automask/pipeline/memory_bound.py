"""The most memory that painting takes, and tiles where that is more than it may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from omegaconf import DictConfig

from automask.images.decoding_memory import SHARE
from automask.io.memory import MEBIBYTE, available, peak, release_memory, resident
from automask.pipeline.find_masks import MaskedPictures
from stylize import Picture, Stylizer, Tiles
from stylize.optimize.scene import Scene
from stylize.optimize.tiles import UNIT

SMALL = 640  # px; up to here painting takes less than the libraries
SIDES = range(1024, 191, -64)  # px of tiles that are tried
# Bytes a pixel that is painted takes with an encoder, measured as the peak of runs at
# 384 to 1024 px and a fifth more; any other encoder is taken for the largest.
BYTES = {"lite": 700, "vgg19": 3300}
STYLE = 0.25  # of a pixel of the picture, for one of a style
CORRECTION = 24  # bytes a pixel of each that L-BFGS keeps: two float32 colours
IMAGES, PLANE = 48, 4  # bytes a pixel of a whole level: its images, and each mask
COLOR = 300  # bytes a pixel of a transfer of colours, which is made before painting
WORKING = 128  # MiB of an encoder's strips, a search's blocks, and threads


def within_memory(
    config: DictConfig, stylizer: Stylizer, shown: MaskedPictures, device: torch.device
) -> tuple[Stylizer, str]:
    """The stylizer, in tiles if the memory asks for them, and what it takes at most.

    Args:
        config: With ``hardware.memory``, the most resident memory of the process in
            MiB; None for a share of what the machine has left.
        stylizer: As configured.
        shown: What is to be painted.
        device: That paints; of a GPU's memory nothing is known here.

    Returns:
        The stylizer and a line; the line is empty where nothing can be said, or need
        not be: for a small picture without a limit.

    Raises:
        ValueError: If not even the smallest tiles fit.
    """
    given = config.hardware.get("memory")
    small = max(shown.content.image.shape[2:]) <= SMALL and not given
    if small or device.type != "cpu" or not isinstance(stylizer, Stylizer):
        return stylizer, ""
    content, styles = shown.content, shown.styles
    release_memory()  # of what finding the masks took
    held = resident()
    limit = given or max(peak(), held + SHARE * available())
    for tiles in _choices(stylizer.tiles):
        tried = replace(stylizer, tiles=tiles)
        needed = max(held + bound(tried, content, styles), peak())
        if needed <= limit:
            return tried, _said(tried, content, styles, needed)
    raise ValueError(
        f"painting needs at least {needed:.0f} MiB, and hardware.memory allows "
        f"{limit:.0f}; raise it, or lower size"
    )


def bound(stylizer: Stylizer, content: Picture, styles: Sequence[Picture]) -> float:
    """Memory that painting takes at most, beyond what the process holds already, MiB.

    The largest piece that is painted at once counts in full, the styles as a part.
    """
    pixel = BYTES.get(stylizer.encoder.name, max(BYTES.values()))
    pixel += CORRECTION * getattr(stylizer.optimizer, "history", 1)
    positions = 0 if content.positions is None else len(content.positions)
    unsure = any(bool((style.trust < 1).any()) for style in styles)
    masks = len(content.masks) + len(content.unmatched)
    planes = PLANE * (masks + positions + unsure)
    copies = (2 * stylizer.copies.rotations + 1) * (2 * stylizer.copies.scales + 1)
    scene = Scene(content, styles, stylizer.scales(content, styles), content)
    most = 0.0
    for level in range(len(scene.scales)):
        height, width = scene.size(level)
        high = stylizer.high_resolution.covers(level, (height, width))
        piece = max(tile.area for tile in stylizer.tiles.grid(height, width))
        shown = copies * sum(
            h * w for h, w in scene.style_sizes(level, enlarges=not high)
        )
        painting = (
            piece * (pixel + planes)
            + shown * (STYLE * pixel + planes)
            + height * width * (IMAGES + planes)
        )
        colored = stylizer.color is not None and not high
        most = max(most, painting, COLOR * height * width * colored)
    return most / MEBIBYTE + WORKING


def _choices(tiles: Tiles) -> Iterator[Tiles]:
    """The tiles as configured, and ever smaller ones."""
    yield tiles
    for side in SIDES:
        if side <= tiles.side:
            overlap = min(tiles.overlap, max(2, side // 14 // UNIT) * UNIT)
            yield Tiles(min(side, tiles.whole), side, overlap)


def _said(
    stylizer: Stylizer, content: Picture, styles: Sequence[Picture], needed: float
) -> str:
    """A line such as "Needs up to 1.6 GiB: 4 levels, 12 tiles"."""
    scene = Scene(content, styles, stylizer.scales(content, styles), content)
    levels = len(scene.scales)
    grids = [stylizer.tiles.grid(*scene.size(level)) for level in range(levels)]
    tiles = sum(len(grid) for grid in grids if len(grid) > 1)
    parts = f"{levels} level{'s' * (levels > 1)}" + f", {tiles} tiles" * bool(tiles)
    return f"Needs up to {needed / 1024:.1f} GiB: {parts}"
