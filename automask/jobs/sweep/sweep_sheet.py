"""The sheet of a sweep: γ across, K down, every picture under its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

from PIL import Image

from automask.images.image_files import upright_size
from automask.images.sheet_tiles import (
    PAPER,
    fitted,
    line,
    side_by_side,
    stacked,
    wrapped,
)
from automask.jobs.sweep.layout import Block

LIMIT = 8000  # px a side that the sheet never exceeds
SMALLEST, LARGEST, PLAIN = 12, 320, 160  # px of a tile: at least, at most, usually
RED, GREY = (252, 228, 224), (236, 236, 236)


@dataclass(frozen=True)
class Tile:
    """What a cell shows.

    Args:
        title: Its parameters; shown where rows and columns have no heads.
        picture: The file; None where there is none.
        note: A line under it.
        error: Why there is no picture.
        failed: Whether that is a fault, and not a run that never was.
    """

    title: str
    picture: Path | None
    note: str = ""
    error: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Sheet:
    """What is drawn.

    Args:
        heading: A line beside the references, and words below it.
        references: Name and file of each picture that all cells share: the content,
            the styles.
        heads: Files of the pictures that a label stands for, such as a swept style's.
        blocks: Where the cells go.
        tiles: By the cell's number.
    """

    heading: tuple[str, str]
    references: Sequence[tuple[str, Path]]
    heads: Mapping[str, Path]
    blocks: Sequence[Block]
    tiles: Mapping[int, Tile]


@dataclass(frozen=True)
class Sizes:
    """Measures of a sheet in px.

    Args:
        box: Width and height that a picture may take.
        gap: Between tiles.
        letters: Of the labels.
        small: Of what stands under a picture.
    """

    box: tuple[int, int]
    gap: int
    letters: int
    small: int

    @property
    def step(self) -> int:
        """From one tile to the next on its right."""
        return self.box[0] + self.gap


def draw(sheet: Sheet) -> Image.Image:
    """The sheet, at most LIMIT px a side."""
    rows, columns = len(sheet.blocks[0].cells), len(sheet.blocks[0].cells[0])
    count = len(sheet.blocks)
    beside = min(count, max(1, round(sqrt(count * rows / columns))))
    most = max(beside * columns, ceil(count / beside) * rows)
    sizes = _sizes(sheet, LIMIT // (most + 1))
    made = [_block(block, sheet, sizes) for block in sheet.blocks]
    parts = [made[i : i + beside] for i in range(0, count, beside)]
    lines = [side_by_side(row, 2 * sizes.gap) for row in parts]
    head = _head(sheet, sizes, max(each.width for each in lines))
    whole = stacked([head, *lines], 2 * sizes.gap)
    framed = Image.new("RGB", (whole.width + 4 * sizes.gap, whole.height), PAPER)
    framed.paste(whole, (2 * sizes.gap, 0))
    framed.thumbnail((LIMIT, LIMIT), Image.Resampling.LANCZOS)
    return framed


def _sizes(sheet: Sheet, room: int) -> Sizes:
    """Measures that suit the pictures, a tile taking at most so many px."""
    files = [tile.picture for tile in sheet.tiles.values() if tile.picture]
    shapes = [upright_size(file) for file in files] or [(4, 3)]
    longest = [max(shape) for shape in shapes]
    wide, high = (
        max(side / longer for side, longer in zip(sides, longest, strict=True))
        for sides in zip(*shapes, strict=True)
    )
    tile = max(SMALLEST, min(LARGEST, max(PLAIN, *longest), room))
    letters = min(20, max(9, tile // 11))
    box = max(1, round(wide * tile)), max(1, round(high * tile))
    return Sizes(box, max(2, tile // 30), letters, max(9, letters - 3))


def _block(block: Block, sheet: Sheet, sizes: Sizes) -> Image.Image:
    """Its title, the columns' heads, and rows of tiles behind theirs."""
    rows = [_head_of(each, sheet, sizes) for each in block.rows]
    left = max((row.width for row in rows), default=0)
    lines = []
    if block.labels:
        titles = [_head_of(each, sheet, sizes) for each in block.labels]
        lines.append(side_by_side(titles, 2 * sizes.gap))
    if block.columns:
        heads = [_head_of(each, sheet, sizes, sizes.step) for each in block.columns]
        blank = [Image.new("RGB", (left, 1), PAPER)] if left else []
        lines.append(side_by_side([*blank, *heads]))
    for number, cells in enumerate(block.cells):
        tiles = [_tile(sheet.tiles[cell.number], sizes, block) for cell in cells]
        if rows:
            head = Image.new("RGB", (left, tiles[0].height), PAPER)
            head.paste(rows[number], (0, 0))
            tiles.insert(0, head)
        lines.append(side_by_side(tiles))
    return stacked(lines)


def _head_of(label: str, sheet: Sheet, sizes: Sizes, width: int = 0) -> Image.Image:
    """A label and, for a content or style, its picture; centred in a width if any."""
    parts = [line(label, sizes.letters, sizes.box[0])]
    if label in sheet.heads:
        side = max(8, max(sizes.box) // 2)
        parts.append(fitted(sheet.heads[label], side, side))
    made = stacked(parts)
    framed = Image.new("RGB", (width or made.width + sizes.gap, made.height + 2), PAPER)
    top = 0
    for part in parts:
        framed.paste(part, ((width - part.width) // 2 if width else 0, top))
        top += part.height
    return framed


def _tile(tile: Tile, sizes: Sizes, block: Block) -> Image.Image:
    """A picture, or why there is none, with a line under it."""
    width, height = sizes.box
    if tile.picture is not None:
        picture = fitted(tile.picture, width, height)
    else:
        reason = f"failed: {tile.error}" if tile.failed else tile.error
        color = RED if tile.failed else GREY
        picture = wrapped(reason, sizes.letters, (width, height), color)
    words = [tile.note] if block.columns else [tile.title, tile.note]
    note = line("   ".join(filter(None, words)), sizes.small, picture.width)
    size = sizes.step, height + round(1.5 * sizes.small) + sizes.gap
    made, left = Image.new("RGB", size, PAPER), (width - picture.width) // 2
    made.paste(picture, (left, 0))
    made.paste(note, (left, picture.height + 2))
    return made


def _head(sheet: Sheet, sizes: Sizes, width: int) -> Image.Image:
    """The shared pictures with their names, and the heading beside them."""
    side = max(96, 2 * max(sizes.box) // 3)
    tiles: list[Image.Image] = []
    for name, file in sheet.references:
        picture = fitted(file, side, side)
        words = line(name, sizes.small, max(picture.width, side // 2))
        tiles.append(stacked([picture, words], 2))
    room = max(width - sum(each.width + sizes.gap for each in tiles), LARGEST)
    heading = line(sheet.heading[0], sizes.letters, room)
    below = wrapped(sheet.heading[1], sizes.small, (room, side // 2), PAPER)
    return side_by_side([*tiles, stacked([heading, below], 2)], sizes.gap)
