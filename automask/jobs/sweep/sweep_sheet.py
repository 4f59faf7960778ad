"""The sheet of a sweep: γ across, K down, every picture under its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image

from automask.images.sheet_tiles import (
    PAPER,
    fitted,
    line,
    side_by_side,
    stacked,
    wrapped,
)
from automask.jobs.sweep.layout import Block, Label

LIMIT = 8000  # px a side that the sheet never exceeds
SMALLEST, LARGEST, PLAIN = 12, 320, 160  # px of a tile: at least, at most; usually
MOST, LEAST, PER_LETTER = 20, 9, 11  # px of letters; of a tile for each px of them
RED, GREY = (252, 228, 224), (236, 236, 236)


@dataclass(frozen=True)
class Sizes:
    """Measures of a sheet, all from the size of its tiles.

    Args:
        tile: Longer side of a picture, px.
        shape: Width and height of the box for pictures, in tiles.
        beside: Blocks in a row.
    """

    tile: int
    shape: tuple[float, float]
    beside: int

    @property
    def box(self) -> tuple[int, int]:
        """Width and height that a picture may take, px."""
        width, height = (max(1, round(side * self.tile)) for side in self.shape)
        return width, height

    @property
    def gap(self) -> int:
        """Between tiles, px."""
        return max(2, self.tile // 30)

    @property
    def letters(self) -> int:
        """Of the labels, px."""
        return min(MOST, max(LEAST, self.tile // PER_LETTER))

    @property
    def small(self) -> int:
        """Of what stands under a picture, px."""
        return max(LEAST, self.letters - 3)

    @property
    def step(self) -> tuple[int, int]:
        """From one tile to the next, right and down, px."""
        width, height = self.box
        return width + self.gap, height + round(1.5 * self.small) + self.gap

    @property
    def reference(self) -> int:
        """Longer side of a picture at the head of a column or row, px."""
        return max(8, self.tile // 2)

    @property
    def shared(self) -> int:
        """Longer side of a picture at the head of the sheet, px."""
        return max(96, 2 * self.tile // 3)

    @property
    def margin(self) -> int:
        """That heads take on the left and above, px, more or less."""
        return self.reference + 8 * self.letters


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

    heading: Sequence[str]
    references: Sequence[tuple[str, Path]]
    heads: Mapping[Label, Path]
    blocks: Sequence[Block]
    tiles: Mapping[int, Tile]


def draw(sheet: Sheet) -> Image.Image:
    """The sheet, at most LIMIT px a side."""
    sizes = _sizes(sheet)
    blocks = [_block(block, sheet, sizes) for block in sheet.blocks]
    beside = sizes.beside
    rows = [blocks[i : i + beside] for i in range(0, len(blocks), beside)]
    lines = [side_by_side(row, 2 * sizes.gap) for row in rows]
    head = _head(sheet, sizes, max(each.width for each in lines))
    made = stacked([head, *lines], 2 * sizes.gap)
    framed = Image.new("RGB", (made.width + 4 * sizes.gap, made.height), PAPER)
    framed.paste(made, (2 * sizes.gap, 0))
    framed.thumbnail((LIMIT, LIMIT), Image.Resampling.LANCZOS)
    return framed


def _sizes(sheet: Sheet) -> Sizes:
    """Tiles as large as the limit lets them be, and the blocks near to a square."""
    columns = max(len(row) for block in sheet.blocks for row in block.cells)
    rows, count = len(sheet.blocks[0].cells), len(sheet.blocks)
    shape, largest = _shape([tile.picture for tile in sheet.tiles.values()])

    def longer_side(tile: int, beside: int) -> int:
        sizes = Sizes(tile, shape, beside)
        width = beside * (columns * sizes.step[0] + sizes.margin)
        height = ceil(count / beside) * (rows * sizes.step[1] + sizes.margin)
        return max(width, height + sizes.shared)

    tile = min(LARGEST, max(PLAIN, largest))
    beside = min(range(1, count + 1), key=lambda n: longer_side(tile, n))
    while tile > SMALLEST and longer_side(tile, beside) > LIMIT:
        tile = max(SMALLEST, tile * 9 // 10)
    return Sizes(tile, shape, beside)


def _shape(files: Iterable[Path | None]) -> tuple[tuple[float, float], int]:
    """Width and height of the box for all pictures in tiles, and the largest in px."""
    width, height, largest = 0.0, 0.0, 0
    for file in filter(None, files):
        with Image.open(file) as opened:
            longer = max(opened.size)
            width = max(width, opened.width / longer)
            height = max(height, opened.height / longer)
            largest = max(largest, longer)
    return ((width, height) if width else (1.0, 0.75)), largest


def _block(block: Block, sheet: Sheet, sizes: Sizes) -> Image.Image:
    """Its title, the columns' heads, and rows of tiles behind theirs."""
    left = max((_label(each, sheet, sizes).width for each in block.rows), default=0)
    lines = []
    if block.labels:
        titles = [_label(each, sheet, sizes) for each in block.labels]
        lines.append(side_by_side(titles, 2 * sizes.gap))
    if block.columns:
        heads = [_label(each, sheet, sizes, centred=True) for each in block.columns]
        blank = [Image.new("RGB", (left, 1), PAPER)] if left else []
        lines.append(side_by_side([*blank, *heads]))
    for number, cells in enumerate(block.cells):
        tiles = [_tile(sheet.tiles[cell.number], sizes, block) for cell in cells]
        if block.rows:
            head = Image.new("RGB", (left, tiles[0].height), PAPER)
            head.paste(_label(block.rows[number], sheet, sizes), (0, 0))
            tiles.insert(0, head)
        lines.append(side_by_side(tiles))
    return stacked(lines, 0)


def _label(
    label: Label, sheet: Sheet, sizes: Sizes, *, centred: bool = False
) -> Image.Image:
    """The value and, for a content or style, its picture."""
    width = sizes.step[0]
    text = line(str(label), sizes.letters, width - sizes.gap)
    parts = [text]
    if label in sheet.heads:
        parts.append(fitted(sheet.heads[label], sizes.reference, sizes.reference))
    if not centred:
        width = max(part.width for part in parts) + sizes.gap
    made = Image.new("RGB", (width, sum(p.height for p in parts) + 2), PAPER)
    top = 0
    for part in parts:
        made.paste(part, ((width - part.width) // 2 if centred else 0, top))
        top += part.height
    return made


def _tile(tile: Tile, sizes: Sizes, block: Block) -> Image.Image:
    """A picture, or why there is none, with a line under it."""
    width, height = sizes.box
    made = Image.new("RGB", sizes.step, PAPER)
    if tile.picture is not None:
        picture = fitted(tile.picture, width, height)
    else:
        reason = f"failed: {tile.error}" if tile.failed else tile.error
        color = RED if tile.failed else GREY
        picture = wrapped(reason, sizes.letters, (width, height), color)
    words = [tile.note] if block.columns else [tile.title, tile.note]
    note = line("   ".join(filter(None, words)), sizes.small, picture.width)
    left = (width - picture.width) // 2
    made.paste(picture, (left, 0))
    made.paste(note, (left, picture.height + 2))
    return made


def _head(sheet: Sheet, sizes: Sizes, width: int) -> Image.Image:
    """The shared pictures with their names, and the heading beside them."""
    side = sizes.shared
    tiles: list[Image.Image] = []
    for name, file in sheet.references:
        picture = fitted(file, side, side)
        words = line(name, sizes.small, max(picture.width, side // 2))
        tiles.append(stacked([picture, words], 2))
    room = max(width - sum(each.width + sizes.gap for each in tiles), LARGEST)
    first, *others = sheet.heading
    heading = line(first, sizes.letters, room)
    below = wrapped(" ".join(others), sizes.small, (room, side // 2), PAPER)
    return side_by_side([*tiles, stacked([heading, below], 2)], sizes.gap)
