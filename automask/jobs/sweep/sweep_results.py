"""A sweep's sheet and tables, from the runs of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from automask.io.files import write_bytes
from automask.jobs.items import DONE, FAILED
from automask.jobs.manifest import Manifest
from automask.jobs.results import read_run
from automask.jobs.sweep.grid import Cell
from automask.jobs.sweep.layout import blocks, directions, label
from automask.jobs.sweep.sweep_cells import Planned
from automask.jobs.sweep.sweep_settings import Sweep
from automask.jobs.sweep.sweep_sheet import Sheet, Tile, draw
from automask.jobs.sweep.sweep_tables import csv_text, json_text

MASKS = "masks/content_overlay.png"  # what a run shows that stopped after them


@dataclass(frozen=True)
class Run:
    """What became of a cell.

    Args:
        cell: The one.
        state: "done", "kept" from an earlier sweep, "failed", "unstarted" if its
            configuration was refused, "not run".
        error: Why there is nothing, in one line.
        folder: Its run folder.
        record: The run.json there; empty if there is none.
    """

    cell: Cell
    state: str
    error: str = ""
    folder: Path | None = None
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the cell was tried and there is nothing."""
        return self.state in ("failed", "unstarted")

    @property
    def picture(self) -> Path | None:
        """In its folder; None where it stopped after the masks."""
        return next(self.folder.glob("*.png"), None) if self.folder else None


def run_of(planned: Planned, manifest: Manifest, folder: Path, kept: set[str]) -> Run:
    """What became of a cell.

    Args:
        planned: The cell.
        manifest: With the states of the items.
        folder: Of the sweep.
        kept: Keys of items that an earlier sweep has left.

    Raises:
        ValueError: If the run's record is amiss.
        OSError: If that cannot be read.
    """
    if planned.item is None:
        return Run(planned.cell, "unstarted", planned.error)
    item = manifest.items[planned.item.key]
    if item.state == FAILED:
        return Run(planned.cell, "failed", item.reason or "")
    if item.state != DONE:
        return Run(planned.cell, "not run", "not run")
    state = "kept" if item.key in kept else "done"
    run = folder / item.name
    return Run(planned.cell, state, "", run, read_run(run / "run.json"))


def write_results(sweep: Sweep, runs: Sequence[Run], seconds: float) -> Path:
    """Write sheet.png, sweep.csv and sweep.json; returns where the sheet is.

    Args:
        sweep: What was to be done.
        runs: Of each cell.
        seconds: That it took.
    """
    about = {
        "command": sweep.command,
        "engine": str(sweep.engine._target_).rpartition(".")[2].lower(),
        "seconds": round(seconds, 3),
        "keys": {axis.key: list(axis.values) for axis in sweep.grid.axes},
    }
    texts = {
        "sweep.csv": csv_text(runs, sweep.folder),
        "sweep.json": json_text(about, runs, sweep.folder),
    }
    for name, text in texts.items():
        write_bytes(sweep.folder / name, text.encode("utf-8", "backslashreplace"))
    sheet, file = draw(_sheet(sweep, runs)), sweep.folder / "sheet.png"
    for each in filter(None, (file, sweep.sheet)):
        encoded = BytesIO()
        kind = "PNG" if each.suffix.lower() == ".png" else "JPEG"
        sheet.save(encoded, kind, quality=92)
        write_bytes(each, encoded.getvalue())
    return sweep.sheet or file


def _sheet(sweep: Sweep, runs: Sequence[Run]) -> Sheet:
    keys = [axis.key for axis in sweep.grid.axes]
    heading = f"{len(runs)} runs"
    if len(keys) > 1:
        across, down = directions(keys)
        heading += f": {keys[across]} across, {keys[down]} down"
    elif keys:
        heading += f" of {keys[0]}"
    failed = sum(run.failed for run in runs)
    heading += f"; {failed} failed" if failed else ""
    first: dict[str, Any] = next((run.record for run in runs if run.record), {})
    references = [
        (f"{key}: {file.stem}", file)
        for key, files in _pictures(first).items()
        if key not in keys
        for file in files
    ]
    heads = {
        label(key, run.cell.parameters[key]): files[0]
        for run in runs
        for key, files in _pictures(run.record).items()
        if key in run.cell.parameters and len(files) == 1
    }
    tiles = {run.cell.number: _tile(run) for run in runs}
    return Sheet((heading, sweep.command), references, heads, blocks(sweep.grid), tiles)


def _tile(run: Run) -> Tile:
    notes, levels = [], run.record.get("levels")
    if levels and levels[-1]["crossing"] and run.record["masks"]:
        notes.append(f"{max(levels[-1]['crossing'].values()):.1%} cross")
    if "total" in run.record.get("seconds", {}):
        notes.append(f"{run.record['seconds']['total']:.1f} s")
    shown = run.picture or (run.folder and run.folder / MASKS)
    return Tile(run.cell.title, shown, ", ".join(notes), run.error, run.failed)


def _pictures(record: dict[str, Any]) -> dict[str, list[Path]]:
    """Files of the content and of the styles that are still there."""
    if not record:
        return {}
    named = {"content": [record["content"]], "style": record["styles"]}
    return {
        key: [
            file
            for each in filter(None, described)
            if (file := Path(record["folder"], each["path"])).is_file()
        ]
        for key, described in named.items()
    }
