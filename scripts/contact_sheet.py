"""Tile pictures into rows with labels, for looking at many at once.

python scripts/contact_sheet.py --columns 4 --height 256 out.jpg a.png b.png …
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LABEL = 18  # px under each picture
LETTER, LINE, GAP = 14, 18, 8  # px: size of letters, of a line of them, between tiles
SIDE = 110  # px of the column with the rows' titles
WIDTH = 0.53  # of a letter to its height, on average
INK, FAINT, BLANK = (20, 20, 20), (110, 110, 110), (240, 240, 240)


def contact_sheet(
    files: list[Path], labels: list[str], *, columns: int, height: int
) -> Image.Image:
    """Pictures in rows, each scaled to one height and named underneath.

    Args:
        files: Pictures.
        labels: One each; empty for none.
        columns: Pictures in a row.
        height: Of each picture, px.
    """
    tiles = [
        _tile(file, label, height) for file, label in zip(files, labels, strict=True)
    ]
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    width = max(sum(tile.width for tile in row) for row in rows)
    sheet = Image.new("RGB", (width, sum(row[0].height for row in rows)), "white")
    y = 0
    for row in rows:
        x = 0
        for tile in row:
            sheet.paste(tile, (x, y))
            x += tile.width
        y += row[0].height
    return sheet


def titled_sheet(
    cells: Sequence[Sequence[Image.Image | str]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    side: int,
    title: str = "",
) -> Image.Image:
    """Pictures in a grid whose rows and columns have titles.

    Args:
        cells: By row; a text stands where there is no picture, in the cell.
        rows: Titles on the left.
        columns: Titles above.
        side: Px that a picture fits into.
        title: Of the sheet.
    """
    shown = [[_cell(cell, side) for cell in row] for row in cells]
    heads = [_wrapped(text, side) for text in columns]
    top = GAP + (LINE + GAP if title else 0)
    first = top + LINE * max(map(len, heads)) + GAP
    heights = [max(cell.height for cell in row) + GAP for row in shown]
    width = SIDE + GAP + len(columns) * (side + GAP)
    sheet = Image.new("RGB", (width, first + sum(heights)), "white")
    _write(sheet, (GAP, GAP), [title], INK)
    for number, head in enumerate(heads):
        x = SIDE + GAP + number * (side + GAP)
        _write(sheet, (x, first - GAP // 2 - LINE * len(head)), head, INK)
    y = first
    for text, row, height in zip(rows, shown, heights, strict=True):
        _write(sheet, (GAP, y), _wrapped(text, SIDE - GAP), INK)
        for number, cell in enumerate(row):
            x = SIDE + GAP + number * (side + GAP)
            sheet.paste(cell, (x + (side - cell.width) // 2, y))
        y += height
    return sheet


def small_jpeg(sheet: Image.Image, largest: int) -> bytes:
    """The best JPEG of at most so many bytes.

    Raises:
        ValueError: If there is none.
    """
    for quality in range(92, 30, -4):
        data = BytesIO()
        sheet.save(data, "JPEG", quality=quality, optimize=True)
        if data.tell() <= largest:
            return data.getvalue()
    raise ValueError(
        f"a sheet of {sheet.width}x{sheet.height} px does not fit {largest} bytes; "
        "choose smaller tiles"
    )


def _cell(cell: Image.Image | str, side: int) -> Image.Image:
    """A picture that fits, or a blank tile that says why there is none."""
    if isinstance(cell, Image.Image):
        scale = side / max(cell.size)
        size = max(1, round(cell.width * scale)), max(1, round(cell.height * scale))
        return cell.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    lines = _wrapped(cell, side - 2 * GAP)
    height = max(side // 2, LINE * len(lines) + 2 * GAP)
    blank = Image.new("RGB", (side, height), BLANK)
    _write(blank, (GAP, GAP), lines, FAINT)
    return blank


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(6, int(width / (WIDTH * LETTER)))) or [""]


def _write(
    sheet: Image.Image, at: tuple[int, int], lines: Sequence[str], ink: tuple
) -> None:
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTER)
    for number, line in enumerate(lines):
        plain = line.encode("latin-1", "replace").decode("latin-1")
        draw.text((at[0], at[1] + number * LINE), plain, fill=ink, font=font)


def _tile(file: Path, label: str, height: int) -> Image.Image:
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    width = round(picture.width * height / picture.height)
    tile = Image.new("RGB", (width + 4, height + (LABEL if label else 4)), "white")
    tile.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (2, 2))
    if label:
        font = ImageFont.load_default(13)
        ImageDraw.Draw(tile).text((4, height + 2), label, fill="black", font=font)
    return tile


def main() -> None:
    """Read the command line and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+", help="picture, or picture=label")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--height", type=int, default=256)
    arguments = parser.parse_args()
    named = [str(file).partition("=") for file in arguments.files]
    files, labels = [Path(n[0]) for n in named], [n[2] for n in named]
    sheet = contact_sheet(
        files, labels, columns=arguments.columns, height=arguments.height
    )
    sheet.save(arguments.out, quality=88)


if __name__ == "__main__":
    main()
