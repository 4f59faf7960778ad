"""Pictures in a grid whose rows and columns have titles: the sheets of all scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from automask.images.sheet_tiles import PAPER, fitted, line, wrapped

LETTERS, HEAD, LEFT, GAP = 14, 44, 110, 8  # px: letters, columns' and rows' titles
GREY = (240, 240, 240)


def picture_grid(
    cells: Sequence[Sequence[Path | str]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    side: int,
    title: str = "",
) -> Image.Image:
    """Draw the sheet.

    Args:
        cells: By row; a text stands where there is no picture.
        rows: Titles on the left.
        columns: Titles above.
        side: Px that a picture fits into.
        title: Of the sheet.
    """
    boxes = [[_box(cell, side) for cell in row] for row in cells]
    heights = [max(box.height for box in row) + GAP for row in boxes]
    top, step = HEAD + (2 * LETTERS if title else 0), side + GAP
    sheet = Image.new("RGB", (LEFT + len(columns) * step, top + sum(heights)), PAPER)
    if title:
        sheet.paste(line(title, LETTERS, sheet.width - GAP), (GAP, GAP))
    for number, text in enumerate(columns):
        head = wrapped(text, LETTERS, (side, HEAD), PAPER)
        sheet.paste(head, (LEFT + number * step, top - HEAD))
    for text, row, height in zip(rows, boxes, heights, strict=True):
        sheet.paste(wrapped(text, LETTERS, (LEFT, height), PAPER), (0, top))
        for number, box in enumerate(row):
            left = LEFT + number * step + (side - box.width) // 2
            sheet.paste(box, (left, top))
        top += height
    return sheet


def _box(cell: Path | str, side: int) -> Image.Image:
    """A picture that fits, or a tile that says why there is none."""
    if isinstance(cell, Path):
        return fitted(cell, side, side)
    return wrapped(cell, LETTERS, (side, side // 2), GREY)
