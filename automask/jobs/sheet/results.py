"""A sweep's sheet and tables, from what its cells report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from automask.images.image_files import write_bytes
from automask.jobs.sheet.contact_sheet import Sheet, Tile, draw
from automask.jobs.sheet.layout import Label, blocks, directions
from automask.jobs.sheet.tables import figures, write_csv, write_json
from automask.jobs.sweep_grid import Cell
from automask.jobs.sweep_plan import Plan
from automask.jobs.sweep_reports import Report

MASKS = "masks/content_overlay.png"  # what a run shows that stopped after them


def write_results(todo: Plan, reports: Sequence[Report], seconds: float) -> Path:
    """Write sheet.png, sweep.csv and sweep.json; returns where the sheet is.

    Args:
        todo: What was to be done.
        reports: On each cell.
        seconds: That it took.
    """
    folder = todo.place.folder
    records = [report.record() for report in reports]
    lines = [
        figures(cell, report, record, folder)
        for cell, report, record in zip(todo.grid.cells, reports, records, strict=True)
    ]
    write_csv(folder / "sweep.csv", lines)
    about = {
        "command": todo.command,
        "launcher": todo.launcher,
        "seconds": round(seconds, 3),
        "keys": {axis.key: list(axis.values) for axis in todo.grid.axes},
    }
    write_json(folder / "sweep.json", about, reports, records, lines)
    sheet = draw(_sheet(todo, reports, records, lines))
    write_picture(folder / "sheet.png", sheet)
    if todo.place.sheet is None:
        return folder / "sheet.png"
    write_picture(todo.place.sheet, sheet)
    return todo.place.sheet


def write_picture(file: Path, picture: Image.Image) -> None:
    """Write PNG or JPEG, by the suffix, whole or not at all."""
    encoded = BytesIO()
    kind = "PNG" if file.suffix.lower() == ".png" else "JPEG"
    picture.save(encoded, kind, quality=92)
    write_bytes(file, encoded.getbuffer())


def _sheet(
    todo: Plan,
    reports: Sequence[Report],
    records: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]],
) -> Sheet:
    keys = [axis.key for axis in todo.grid.axes]
    heading = [f"{len(reports)} runs"]
    if len(keys) > 1:
        across, down = directions(keys)
        heading[0] += f": {keys[across]} across, {keys[down]} down"
    elif keys:
        heading[0] += f" of {keys[0]}"
    failed = sum(report.failed for report in reports)
    heading[0] += f"; {failed} failed" if failed else ""
    cells = todo.grid.cells
    return Sheet(
        [*heading, todo.command],
        _references(keys, records),
        _heads(cells, records),
        blocks(todo.grid),
        {
            cell.number: _tile(cell, report, line)
            for cell, report, line in zip(cells, reports, lines, strict=True)
        },
    )


def _tile(cell: Cell, report: Report, line: Mapping[str, Any]) -> Tile:
    notes = []
    if line["crossing"] and line["mask_names"]:
        notes.append(f"{max(line['crossing'].values()):.1%} cross")
    if "total" in line["seconds"]:
        notes.append(f"{line['seconds']['total']:.1f} s")
    picture = report.picture
    if report.folder is not None and picture is None:
        picture = os.path.join(report.folder, MASKS)
    return Tile(
        cell.title,
        Path(picture) if picture else None,
        ", ".join(notes),
        report.error,
        report.failed,
    )


def _references(
    keys: Sequence[str], records: Sequence[dict[str, Any]]
) -> list[tuple[str, Path]]:
    """Content and styles where all cells have the same."""
    record = next(filter(None, records), None)
    if record is None:
        return []
    shown = []
    for key, files in _pictures(record).items():
        if key not in keys:
            shown += [(f"{key}: {file.stem}", file) for file in files]
    return shown


def _heads(
    cells: Sequence[Cell], records: Sequence[dict[str, Any]]
) -> dict[Label, Path]:
    """The picture of each swept content and of each swept style."""
    heads = {}
    for cell, record in zip(cells, records, strict=True):
        for key, files in _pictures(record).items() if record else ():
            if key in cell.parameters and len(files) == 1:
                heads[Label(key, cell.parameters[key])] = files[0]
    return heads


def _pictures(record: dict[str, Any]) -> dict[str, list[Path]]:
    """Files of the content and of the styles that are still there."""
    named = {"content": [record["content"]], "style": record["styles"]}
    files = {
        key: [Path(record["folder"], each["path"]) for each in described if each]
        for key, described in named.items()
    }
    return {key: [f for f in listed if f.is_file()] for key, listed in files.items()}
