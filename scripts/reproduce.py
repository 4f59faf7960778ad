"""Make the figures of the papers again, as sheets of pictures with their parameters.

python scripts/reproduce.py --list
python scripts/reproduce.py gamma count --out sheets
python scripts/reproduce.py all --data DIR --segmenter deeplab.tflite
python scripts/reproduce.py gamma --set encoder=vgg19 encoder.weights=vgg19.pth

Pictures come from --data, a folder as described in docs/gallery.md, and otherwise from
automask itself and scikit-image. What one call has painted the next one takes as it is;
each picture's folder in OUT/runs holds its run.json with the command that repeats it.
A cell that cannot be made says why in its place.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from contact_sheet import small_jpeg, titled_sheet
from PIL import Image
from reproducing import gatys, maps, wang, zhao
from reproducing.cells import Studio
from reproducing.drawn import draw_all
from reproducing.sheets import Places, Sheet

LARGEST = 200_000  # bytes of a sheet


def figures(places: Places) -> dict[str, Sheet]:
    """All figures by name."""
    papers = (zhao, maps, gatys, wang)
    return {name: s for paper in papers for name, s in paper.sheets(places).items()}


def make(sheet: Sheet, studio: Studio, side: int) -> bytes:
    """Paint all cells of a sheet; returns a JPEG."""
    cells: list[list[Image.Image | str]] = []
    for row in sheet.rows:
        cells.append([])
        for column in sheet.columns:
            words = (*sheet.words, *row.words, *column.words)
            cell = studio.shown(words, column.shows)
            cells[-1].append(cell)
            if isinstance(cell, str):
                print(f"{row.title}, {column.title}: {cell}", file=sys.stderr)
    titles = [row.title for row in sheet.rows], [line.title for line in sheet.columns]
    picture = titled_sheet(cells, *titles, side=side, title=sheet.title)
    return small_jpeg(picture, LARGEST)


def main() -> None:
    """Read the command line, paint, write a sheet for each figure."""
    arguments = _parser().parse_args()
    drawn = arguments.out / "drawn"
    known = figures(Places(drawn, arguments.data, arguments.segmenter))
    if arguments.list or not arguments.figures:
        print("\n".join(f"{name:10}{sheet.title}" for name, sheet in known.items()))
        return
    wanted = [*known] if arguments.figures == ["all"] else arguments.figures
    if unknown := [name for name in wanted if name not in known]:
        print(f"reproduce: no figure '{unknown[0]}'; see --list", file=sys.stderr)
        sys.exit(2)
    draw_all(drawn)
    common = (f"size={arguments.size}", "quiet=true", *arguments.set)
    studio = Studio(arguments.out / "runs", common)
    for name in wanted:
        file = arguments.out / f"{name}.jpg"
        file.write_bytes(make(known[name], studio, arguments.side))
        print(file, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", nargs="*", help="names, or all")
    parser.add_argument("--list", action="store_true", help="name all figures")
    parser.add_argument("--out", type=Path, default=Path("outputs/figures"))
    data = os.environ.get("AUTOMASK_DATA")
    parser.add_argument("--data", type=Path, default=data, help="or AUTOMASK_DATA")
    parser.add_argument("--segmenter", type=Path, help="a .tflite net of objects")
    parser.add_argument("--size", type=int, default=384, help="of a picture, px")
    parser.add_argument("--side", type=int, default=190, help="of a tile, px")
    parser.add_argument("--set", nargs="*", default=[], help="keys for all cells")
    return parser


if __name__ == "__main__":
    main()
