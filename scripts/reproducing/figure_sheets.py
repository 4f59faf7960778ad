"""The papers' figures as sheets of rows and columns, read from figures.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from automask.config import embedded_style, photograph

FIGURES = Path(__file__).with_name("figures.yaml")
WORD = re.compile(r"(?:<[^>]*>|\S)+")  # <...> holds words of its own


@dataclass(frozen=True)
class Line:
    """A row or a column: its title, what a person types for it, what it shows."""

    title: str
    words: tuple[str, ...] = ()
    shows: str = "result"


@dataclass(frozen=True)
class Sheet:
    """A figure: each cell is what its row, its column and all together type.

    Args:
        title: Of the figure, with where it comes from.
        rows: One picture or pair each.
        columns: One way each.
        words: That all cells share.
    """

    title: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    words: tuple[str, ...] = ()


def figures(
    drawn: Path, data: Path | None = None, net: Path | None = None
) -> dict[str, Sheet]:
    """All figures by name.

    Args:
        drawn: Folder of the maps that this project draws for its figures.
        data: Folder with further pictures; None: free ones alone.
        net: A .tflite net of object classes; None: none is at hand.
    """
    given = {"drawn": drawn, "data": data, "net": net}
    files = given | {
        "styles": Path(embedded_style("monet.jpg")).parent,
        "astronaut": photograph("astronaut"),
    }
    found: dict[str, Sheet] = {}
    for entry in yaml.safe_load(FIGURES.read_text())["sheets"]:
        if all(given[name] for name in entry.get("needs", ())):
            found[entry["name"]] = _sheet(entry, files)
    return found


def _sheet(entry: Mapping, files: Mapping[str, object]) -> Sheet:
    def words(text: str) -> tuple[str, ...]:
        return tuple(word.format(**files) for word in WORD.findall(text))

    rows = [
        Line(title, words(text))
        for group in entry["rows"]
        for title, text in group.items()
    ]
    columns = [
        Line(title, words("".join(typed)), shows)
        for title, shows, *typed in entry["columns"]
    ]
    common = words(entry.get("words", ""))
    return Sheet(entry["title"], tuple(rows), tuple(columns), common)
