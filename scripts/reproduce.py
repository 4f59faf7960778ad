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

import numpy as np
from evaluating.picture_grid import picture_grid
from paint_styles import encode
from reproducing.cell_painter import CellPainter
from reproducing.doodles import draw_all
from reproducing.figure_sheets import Sheet, figures

LARGEST = 200_000  # bytes of a sheet


def make(sheet: Sheet, painter: CellPainter, side: int) -> bytes:
    """Paint all cells of a sheet; returns a JPEG."""
    cells: list[list[Path | str]] = []
    for row in sheet.rows:
        cells.append([])
        for column in sheet.columns:
            words = (*sheet.words, *row.words, *column.words)
            cell = painter.shown(words, column.shows)
            cells[-1].append(cell)
            if isinstance(cell, str):
                print(f"{row.title}, {column.title}: {cell}", file=sys.stderr)
    titles = [row.title for row in sheet.rows], [line.title for line in sheet.columns]
    picture = picture_grid(cells, *titles, side=side, title=sheet.title)
    return encode(np.asarray(picture) / 255, LARGEST)


def main() -> None:
    """Read the command line, paint, write a sheet for each figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, data = parser.add_argument, os.environ.get("AUTOMASK_DATA")
    add("figures", nargs="*", help="names, or all")
    add("--list", action="store_true", help="name all figures")
    add("--out", type=Path, default=Path("outputs/figures"))
    add("--data", type=Path, default=data, help="or AUTOMASK_DATA")
    add("--segmenter", type=Path, help="a .tflite net of objects")
    add("--size", type=int, default=384, help="of a picture, px")
    add("--side", type=int, default=190, help="of a tile, px")
    add("--set", nargs="*", default=[], help="keys for all cells")
    arguments = parser.parse_args()
    drawn = arguments.out / "drawn"
    known = figures(drawn, arguments.data, arguments.segmenter)
    if arguments.list or not arguments.figures:
        print("\n".join(f"{name:10}{sheet.title}" for name, sheet in known.items()))
        return
    wanted = [*known] if arguments.figures == ["all"] else arguments.figures
    if unknown := [name for name in wanted if name not in known]:
        print(f"reproduce: no figure '{unknown[0]}'; see --list", file=sys.stderr)
        sys.exit(2)
    draw_all(drawn)
    common = (f"size={arguments.size}", "quiet=true", *arguments.set)
    painter = CellPainter(arguments.out / "runs", common)
    for name in wanted:
        file = arguments.out / f"{name}.jpg"
        file.write_bytes(make(known[name], painter, arguments.side))
        print(file, flush=True)


if __name__ == "__main__":
    main()
