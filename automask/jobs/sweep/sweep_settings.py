"""What a command line that sweeps asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from omegaconf import DictConfig

from automask.cli.command_line import parted, run_command
from automask.cli.compose import opened
from automask.images.formats import is_picture_name
from automask.io.folders import cut_to, free_name
from automask.jobs.batch_settings import batch_keys
from automask.jobs.sweep.grid import Grid, grid_of, plain_value

ENGINE = ("engine", "workers", "threads", "address")  # keys of a batch and of a sweep
NAME_BYTES, FOLDER_BYTES = 100, 240  # of a folder's name: made up; after a sheet


@dataclass(frozen=True)
class Sweep:
    """A sweep as it was asked for.

    Args:
        typed: The command line as people type it.
        grid: Its cells.
        flags: Options with their values.
        engine: What paints it, as configs/engine describes it.
        folder: For the runs, the sheet and the tables.
        sheet: A file that gets the sheet as well; None if the user named none.
        quiet: Whether only failures and the sheet's path are printed.
    """

    typed: Sequence[str]
    grid: Grid
    flags: Sequence[str]
    engine: DictConfig
    folder: Path
    sheet: Path | None
    quiet: bool

    @property
    def command(self) -> str:
        """A shell line that makes the sweep again."""
        return run_command(self.typed)


def read_sweep(typed: Sequence[str], arguments: Sequence[str]) -> Sweep:
    """Read the command line.

    Args:
        typed: As people type it.
        arguments: As Hydra takes it.

    Raises:
        ValueError: If it cannot be used.
    """
    flags, words = parted(list(arguments))
    given = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    ours = [word for word in words if _first(word) in ENGINE]
    theirs = [word for word in words if _first(word) not in (*ENGINE, "out")]
    grid = grid_of(theirs)
    outs = grid_of([word for word in words if _first(word) == "out"])
    if outs.axes:
        raise ValueError("out names one folder for the whole sweep; give one value")
    out = given.get("out", "null")
    folder, sheet = _places(
        None if out == "null" else plain_value(out),
        [axis.key for axis in grid.axes],
        datetime.now(),
    )
    quiet = given.get("quiet", "false").lower() == "true"
    return Sweep(typed, grid, flags, _engine(ours, flags), folder, sheet, quiet)


def _first(word: str) -> str:
    return word.partition("=")[0].lstrip("+").partition(".")[0]


def _engine(words: Sequence[str], flags: Sequence[str]) -> DictConfig:
    """The engine that was asked for; else this process, one cell after another."""
    for word in words:
        if "," in word and _first(word) != "address":
            raise ValueError(f"{word}: one engine paints a sweep; give one value")
    keys = [word.partition("=")[0] for word in words]
    usual = ["engine=pool" if "workers" in keys else "engine=inline"]
    with opened(flags) as searched:
        chosen = [] if "engine" in keys else usual
        engine = batch_keys([*searched, *chosen, *words]).engine
    assert isinstance(engine, DictConfig)
    return engine


def _places(
    out: str | None, keys: Sequence[str], now: datetime
) -> tuple[Path, Path | None]:
    """The folder, and the file that gets the sheet as well.

    Args:
        out: A folder, a name for the sheet, or None: a new folder in outputs/.
        keys: That take several values.
        now: When the sweep began.

    Raises:
        ValueError: If ``out`` is a picture's name of a kind that cannot be written.
    """
    if out is None:
        stamp = now.strftime("%Y-%m-%d_%H-%M-%S")
        name = f"{stamp}_sweep-of-{'-'.join(keys) or 'one'}"
        return free_name(Path("outputs") / name.replace("/", "_")[:NAME_BYTES]), None
    path = Path(out)
    if not is_picture_name(out) or path.is_dir():
        return path, None
    # Late, for torch takes seconds to load.
    from automask.images.image_files import check_suffix

    check_suffix(path)
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(path)  # now is the time to hear that its name is too long
    return path.with_name(f"{cut_to(FOLDER_BYTES, path.stem)}.sweep"), path
