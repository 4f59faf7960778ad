"""Where each cell of a sweep stands on its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, isqrt

from automask.jobs.sweep.grid import Cell, Grid

ACROSS, DOWN = "gamma", "k"  # where these go, in whatever order they were typed
ROW = 6  # cells of a lone key in a row, unless there are more than as many rows


@dataclass(frozen=True)
class Block:
    """A part of the sheet: cells by row and column.

    Args:
        labels: What all its cells share, as in ``style = monet``.
        columns: Heads; empty for a lone key, whose cells name themselves.
        rows: Likewise.
        cells: By row; the last one of a lone key may end early.
    """

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


def blocks(grid: Grid) -> list[Block]:
    """Lay the cells out: γ across and K down, other keys in the order typed.

    A third key and further ones make one block for each combination of their values.
    """
    keys, cells = [axis.key for axis in grid.axes], grid.cells
    if len(keys) < 2:
        rows = ceil(len(cells) / max(ROW, isqrt(len(cells))))
        width = ceil(len(cells) / rows)
        cut = (cells[i : i + width] for i in range(0, len(cells), width))
        return [Block((), (), (), tuple(cut))]
    across, down = directions(keys)
    rest = [i for i in range(len(keys)) if i not in (across, down)]
    heads = [[label(axis.key, each) for each in axis.labels] for axis in grid.axes]
    at = {cell.indices: cell for cell in cells}

    def cell(others: Sequence[int], row: int, column: int) -> Cell:
        indices = dict(zip(rest, others, strict=True)) | {across: column, down: row}
        return at[tuple(indices[axis] for axis in range(len(keys)))]

    return [
        Block(
            tuple(heads[i][n] for i, n in zip(rest, others, strict=True)),
            tuple(heads[across]),
            tuple(heads[down]),
            tuple(
                tuple(cell(others, r, c) for c in range(len(heads[across])))
                for r in range(len(heads[down]))
            ),
        )
        for others in product(*(range(len(heads[i])) for i in rest))
    ]


def directions(keys: Sequence[str]) -> tuple[int, int]:
    """Index of the key that goes across and of the one that goes down."""
    free = [i for i in range(len(keys)) if keys[i] not in (ACROSS, DOWN)]
    down = keys.index(DOWN) if DOWN in keys else free[ACROSS not in keys]
    across = keys.index(ACROSS) if ACROSS in keys else free[0]
    return across, down


def label(key: str, value: str) -> str:
    """What stands at the head of a column, a row or a block."""
    return f"{key} = {value}"
