"""Figures as tables of plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluating.figures import PAINTING, PICTURE
from evaluating.likeness import mean

LARGEST, SUMS = ("MiB",), ("faces", "lost")  # all others are means over the pairs
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
        pictures = _made(rows, method)
        if pictures:
            lines += [(method, {}), *((f"  {_title(row)}", row) for row in pictures)]
            lines.append(("  mean", means[method]))
    blocks = [_table(lines, PICTURE)] if lines else []
    if any(row.get("seconds") is not None for row in rows):
        painted = {k: m for k, m in means.items() if m["seconds"] is not None}
        blocks.append(_table([*painted.items()], PAINTING))
    failed = [row for row in rows if "failed" in row]
    if failed:
        blocks.append(
            "\n".join(
                f"{row['method']} could not paint {row['pair']}: {row['failed']}"
                for row in failed
            )
        )
    return "\n\n".join(blocks)


def _made(rows: Sequence[Row], method: str) -> list[Row]:
    return [row for row in rows if row["method"] == method and "failed" not in row]


def _means(rows: Sequence[Row]) -> Means:
    means: Means = {}
    for name in (*PICTURE, *PAINTING):
        values = [row[name] for row in rows if row.get(name) is not None]
        if name in LARGEST:
            means[name] = max(values, default=None)
        elif name in SUMS:
            means[name] = sum(values)
        else:
            means[name] = mean(values)
    return means


def _table(lines: Sequence[tuple[str, Row]], names: Mapping[str, int]) -> str:
    """Titles down, figures across; a line without figures is a heading."""
    side = max(15, *(len(title) + 2 for title, _ in lines))
    widths = {name: max(8, len(name) + 2) for name in names}
    head = "".join(f"{name:>{width}}" for name, width in widths.items())
    text = [" " * side + head]
    for title, row in lines:
        cells = (
            f"{_number(row[name], digits):>{widths[name]}}"
            for name, digits in names.items()
            if name in row
        )
        text.append(f"{title:{side}}{''.join(cells)}".rstrip())
    return "\n".join(text)


def _title(row: Row) -> str:
    """The pair; a picture that was not painted here has a name of its own."""
    name = row["pair"] if "words" in row else Path(row["picture"]).stem
    return " ".join(name.split())


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
