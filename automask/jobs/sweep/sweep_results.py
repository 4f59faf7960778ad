"""A sweep's sheet and tables, from the runs of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from automask.images.image_files import write_bytes
from automask.jobs.manifest import DONE, FAILED, Manifest
from automask.jobs.results import read_run
from automask.jobs.sweep.cells import Planned
from automask.jobs.sweep.layout import Label, blocks, directions
from automask.jobs.sweep.sweep_settings import Sweep
from automask.jobs.sweep.sweep_sheet import Sheet, Tile, draw
from automask.jobs.sweep.sweep_tables import Run, figures, write_csv, write_json

MASKS = "masks/content_overlay.png"  # what a run shows that stopped after them


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
    entry = manifest.entries[planned.item.key]
    if entry.state == FAILED:
        return Run(planned.cell, "failed", entry.reason or "")
    if entry.state != DONE:
        return Run(planned.cell, "not run", "not run")
    state = "kept" if planned.item.key in kept else "done"
    run = folder / entry.item.name
    return Run(planned.cell, state, "", run, read_run(run / "run.json"))


def write_results(sweep: Sweep, runs: Sequence[Run], seconds: float) -> Path:
    """Write sheet.png, sweep.csv and sweep.json; returns where the sheet is.

    Args:
        sweep: What was to be done.
        runs: Of each cell.
        seconds: That it took.
    """
    lines = [figures(run, sweep.folder) for run in runs]
    write_csv(sweep.folder / "sweep.csv", lines)
    about = {
        "command": sweep.command,
        "engine": str(sweep.engine._target_).rpartition(".")[2].lower(),
        "seconds": round(seconds, 3),
        "keys": {axis.key: list(axis.values) for axis in sweep.grid.axes},
    }
    write_json(sweep.folder / "sweep.json", about, runs, lines)
    sheet = draw(_sheet(sweep, runs, lines))
    file = sweep.folder / "sheet.png"
    for each in filter(None, (file, sweep.sheet)):
        _write_picture(each, sheet)
    return sweep.sheet or file


def _write_picture(file: Path, picture: Image.Image) -> None:
    """Write PNG or JPEG, by the suffix, whole or not at all."""
    encoded = BytesIO()
    kind = "PNG" if file.suffix.lower() == ".png" else "JPEG"
    picture.save(encoded, kind, quality=92)
    write_bytes(file, encoded.getbuffer())


def _sheet(sweep: Sweep, runs: Sequence[Run], lines: Sequence[dict[str, Any]]) -> Sheet:
    keys = [axis.key for axis in sweep.grid.axes]
    heading = f"{len(runs)} runs"
    if len(keys) > 1:
        across, down = directions(keys)
        heading += f": {keys[across]} across, {keys[down]} down"
    elif keys:
        heading += f" of {keys[0]}"
    failed = sum(run.failed for run in runs)
    heading += f"; {failed} failed" if failed else ""
    tiles = (_tile(*each) for each in zip(runs, lines, strict=True))
    return Sheet(
        [heading, sweep.command],
        _references(keys, runs),
        _heads(runs),
        blocks(sweep.grid),
        {run.cell.number: tile for run, tile in zip(runs, tiles, strict=True)},
    )


def _tile(run: Run, line: Mapping[str, Any]) -> Tile:
    notes = []
    if line["crossing"] and line["mask_names"]:
        notes.append(f"{max(line['crossing'].values()):.1%} cross")
    if "total" in line["seconds"]:
        notes.append(f"{line['seconds']['total']:.1f} s")
    shown = run.picture or (run.folder and run.folder / MASKS)
    return Tile(run.cell.title, shown, ", ".join(notes), run.error, run.failed)


def _references(keys: Sequence[str], runs: Sequence[Run]) -> list[tuple[str, Path]]:
    """Content and styles where all cells have the same."""
    record: dict[str, Any] = next((run.record for run in runs if run.record), {})
    return [
        (f"{key}: {file.stem}", file)
        for key, files in _pictures(record).items()
        if key not in keys
        for file in files
    ]


def _heads(runs: Sequence[Run]) -> dict[Label, Path]:
    """The picture of each swept content and of each swept style."""
    return {
        Label(key, run.cell.parameters[key]): files[0]
        for run in runs
        for key, files in _pictures(run.record).items()
        if key in run.cell.parameters and len(files) == 1
    }


def _pictures(record: dict[str, Any]) -> dict[str, list[Path]]:
    """Files of the content and of the styles that are still there."""
    if not record:
        return {}
    named = {"content": [record["content"]], "style": record["styles"]}
    files = {
        key: [Path(record["folder"], each["path"]) for each in described if each]
        for key, described in named.items()
    }
    return {key: [f for f in listed if f.is_file()] for key, listed in files.items()}
