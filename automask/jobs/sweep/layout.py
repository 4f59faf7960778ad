"""Where each cell of a sweep stands on its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, isqrt

from automask.jobs.sweep.grid import Cell, Grid

ACROSS, DOWN = "gamma", "k"  # where these go, in whatever order they were typed
ROW = 6  # cells of a lone key in a row, unless there are more than as many rows


@dataclass(frozen=True)
class Label:
    """A value of a key, at the head of a column or row."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


@dataclass(frozen=True)
class Block:
    """A part of the sheet: cells by row and column.

    Args:
        labels: What all its cells share, beyond what the whole sweep does.
        columns: Heads; empty for a lone key, whose cells name themselves.
        rows: Likewise.
        cells: By row; the last one of a lone key may end early.
    """

    labels: tuple[Label, ...]
    columns: tuple[Label, ...]
    rows: tuple[Label, ...]
    cells: tuple[tuple[Cell, ...], ...]


def blocks(grid: Grid) -> list[Block]:
    """Lay the cells out: γ across and K down, other keys in the order typed.

    A third key and further ones make one block for each combination of their values.
    """
    keys = [axis.key for axis in grid.axes]
    if len(keys) < 2:
        width = ceil(len(grid.cells) / ceil(len(grid.cells) / _row(len(grid.cells))))
        return [Block((), (), (), _cut(grid.cells, width))]
    across, down = directions(keys)
    rest = [i for i in range(len(keys)) if i not in (across, down)]

    def block_of(cell: Cell) -> tuple[int, ...]:
        return tuple(cell.place[i] for i in rest)

    order = sorted(
        grid.cells, key=lambda c: (block_of(c), c.place[down], c.place[across])
    )
    columns, rows = (_heads(grid, axis) for axis in (across, down))
    return [
        Block(
            tuple(_heads(grid, i)[n] for i, n in zip(rest, place, strict=True)),
            columns,
            rows,
            _cut(list(cells), len(columns)),
        )
        for place, cells in groupby(order, block_of)
    ]


def directions(keys: Sequence[str]) -> tuple[int, int]:
    """Index of the key that goes across and of the one that goes down."""
    free = [i for i in range(len(keys)) if keys[i] not in (ACROSS, DOWN)]
    down = keys.index(DOWN) if DOWN in keys else free[ACROSS not in keys]
    across = keys.index(ACROSS) if ACROSS in keys else free[0]
    return across, down


def _row(cells: int) -> int:
    return max(ROW, isqrt(cells))


def _heads(grid: Grid, axis: int) -> tuple[Label, ...]:
    key = grid.axes[axis].key
    return tuple(Label(key, label) for label in grid.axes[axis].labels)


def _cut(cells: Sequence[Cell], width: int) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(cells[i : i + width]) for i in range(0, len(cells), width))
