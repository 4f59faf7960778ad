"""Tile pictures into rows with labels, for looking at many at once.

python scripts/contact_sheet.py --columns 4 --height 256 out.jpg a.png b.png …
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LABEL = 18  # px under each picture


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
