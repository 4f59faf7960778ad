"""What a command line that sweeps asks for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automask.jobs import launchers
from automask.jobs.sweep_folder import Place, place_of
from automask.jobs.sweep_grid import Grid, grid_of, plain_value


@dataclass(frozen=True)
class Plan:
    """A sweep to be: its grid, how Hydra comes to it, and where it goes."""

    typed: Sequence[str]
    grid: Grid
    overrides: Sequence[str]
    flags: Sequence[str]
    launcher: str
    place: Place
    quiet: bool

    @property
    def command(self) -> str:
        """A shell line that makes the sweep again."""
        return shlex.join(["python", "-m", "automask.run", *self.typed])


def planned(typed: Sequence[str], arguments: Sequence[str]) -> Plan:
    """Read the command line.

    Args:
        typed: As people type it.
        arguments: As Hydra takes it, overrides before flags.

    Raises:
        ValueError: If it cannot be used.
    """
    flag = next((i for i, w in enumerate(arguments) if w[:1] == "-"), len(arguments))
    grid, overrides = grid_of(arguments[:flag])
    given = {line.partition("=")[0]: line.partition("=")[2] for line in overrides}
    if any(axis.key == "out" for axis in grid.axes):
        raise ValueError("out names one folder for the whole sweep; give one value")
    launcher = launchers.chosen(overrides)
    out = given.get("out", "null")
    place = place_of(
        None if out == "null" else plain_value(out),
        [axis.key for axis in grid.axes],
        datetime.now(),
    )
    return Plan(
        typed,
        grid,
        [line for line in overrides if not line.startswith("out=")],
        arguments[flag:],
        launcher,
        place,
        given.get("quiet", "false").lower() == "true",
    )
