"""Figures as tables of plain text, and the pictures that they are of on a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torchvision.transforms.functional import pil_to_tensor

from automask.images.image_files import write_image
from evaluating.figures import PAINTING, PICTURE
from evaluating.measures import mean
from evaluating.pairs import Pair
from evaluating.picture_grid import picture_grid

LARGEST, SUMS = ("MiB",), ("faces", "lost")  # all others are means over the pairs
TILE = 256  # px
Row = Mapping[str, Any]
Means = dict[str, float | None]


def summary(rows: Sequence[Row]) -> dict[str, Means]:
    """By method: means over the pairs; faces are counted, memory is the largest."""
    methods = dict.fromkeys(row["method"] for row in rows)
    return {method: _means(_made(rows, method)) for method in methods}


def tables(rows: Sequence[Row]) -> str:
    """Each picture and its method's mean; what painting them cost; what failed."""
    means = summary(rows)
    lines: list[tuple[str, Row]] = []
    for method in means:
        if pictures := _made(rows, method):
            lines += [(method, {}), *((f"  {_title(row)}", row) for row in pictures)]
            lines.append(("  mean", means[method]))
    blocks = [_table(lines, PICTURE)] if lines else []
    if any(row.get("seconds") is not None for row in rows):
        painted = {k: m for k, m in means.items() if m["seconds"] is not None}
        blocks.append(_table([*painted.items()], PAINTING))
    failed = [
        f"{row['method']} could not paint {row['pair']}: {row['failed']}"
        for row in rows
        if "failed" in row
    ]
    return "\n\n".join([*blocks, *(["\n".join(failed)] if failed else [])])


def write_sheet(file: Path, pairs: Iterable[Pair], rows: Sequence[Row]) -> None:
    """Write a line of pictures for each pair: photograph, painting, results.

    Args:
        file: Ends in .png or .jpg.
        pairs: Of the rows.
        rows: ``method``, ``pair``, and ``picture`` or why it ``failed``.

    Raises:
        ValueError: If a picture cannot be read.
        OSError: If a file cannot be read or written.
    """
    methods = [*dict.fromkeys(row["method"] for row in rows)]
    made: dict[tuple[str, str], Path | str] = {
        (r["pair"], r["method"]): Path(r["picture"]) if "picture" in r else r["failed"]
        for r in rows
    }
    shown = [pair for pair in pairs if any(pair.name == name for name, _ in made)]
    cells = [
        [p.photograph, p.painting, *(made.get((p.name, m), "") for m in methods)]
        for p in shown
    ]
    columns = ["photograph", "painting", *methods]
    sheet = picture_grid(cells, [pair.name for pair in shown], columns, side=TILE)
    write_image(file, pil_to_tensor(sheet)[None].to(torch.float32) / 255)


def _made(rows: Sequence[Row], method: str) -> list[Row]:
    return [row for row in rows if row["method"] == method and "failed" not in row]


def _means(rows: Sequence[Row]) -> Means:
    means: Means = {}
    for name in (*PICTURE, *PAINTING):
        values = [row[name] for row in rows if row.get(name) is not None]
        if name in LARGEST:
            means[name] = max(values, default=None)
        else:
            means[name] = sum(values) if name in SUMS else mean(values)
    return means


def _table(lines: Sequence[tuple[str, Row]], names: Mapping[str, int]) -> str:
    """Titles down, figures across; a line without figures is a heading."""
    side = max(15, *(len(title) + 2 for title, _ in lines))
    widths = {name: max(8, len(name) + 2) for name in names}
    text = [" " * side + "".join(f"{name:>{width}}" for name, width in widths.items())]
    for title, row in lines:
        cells = (
            f"{'-' if row[name] is None else format(row[name], f'.{digits}f'):>{width}}"
            for (name, digits), width in zip(
                names.items(), widths.values(), strict=True
            )
            if name in row
        )
        text.append(f"{title:{side}}{''.join(cells)}".rstrip())
    return "\n".join(text)


def _title(row: Row) -> str:
    """The pair; a picture that was not painted here has a name of its own."""
    name = row["pair"] if "words" in row else Path(row["picture"]).stem
    return " ".join(name.split())
