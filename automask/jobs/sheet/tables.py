"""sweep.csv and sweep.json: every run's figures side by side."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from automask.images.image_files import write_bytes
from automask.jobs.sweep_grid import Cell
from automask.jobs.sweep_reports import Report

DIGITS = 6  # of a figure


def figures(
    cell: Cell, report: Report, record: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """What a cell was and came to, for a line of the table.

    Args:
        cell: Its parameters.
        report: Where it is, or why not.
        record: Its run.json; empty if there is none.
        folder: Of the sweep; places are told from there.

    Returns:
        Parameters, state, final losses by term and their sum, share of matches that
        cross a mask border by layer, searches, steps, seconds by stage, peak memory in
        MiB, picture, folder, error.
    """
    levels = record.get("levels") or []
    last = levels[-1] if levels else {"losses": {}, "crossing": {}}
    return {
        "run": cell.number,
        "parameters": dict(cell.values),
        "state": report.state,
        "loss": _rounded(sum(last["losses"].values())) if levels else None,
        "losses": {term: _rounded(loss) for term, loss in last["losses"].items()},
        "crossing": {name: _rounded(share) for name, share in last["crossing"].items()},
        "searches": sum(level["searches"] for level in levels) if levels else None,
        "steps": sum(level["iterations"] for level in levels) if levels else None,
        "seconds": record.get("seconds", {}),
        "peak_memory_mib": record.get("peak_memory_mib"),
        "mask_names": [mask["name"] for mask in record.get("masks", [])],
        "picture": report.picture and os.path.relpath(report.picture, folder),
        "folder": report.folder and os.path.relpath(report.folder, folder),
        "error": report.error,
    }


def write_csv(file: Path, lines: Sequence[dict[str, Any]]) -> None:
    """One line for each run; what one run lacks is left empty."""
    flat = [_flat(line) for line in lines]
    places = ("mask_names", "picture", "folder", "error")  # behind all figures
    seen = dict.fromkeys(name for line in flat for name in line)
    columns = [name for name in seen if name not in places]
    text = StringIO()
    writer = csv.DictWriter(text, [*columns, *places], restval="")
    writer.writeheader()
    writer.writerows(flat)
    write_bytes(file, text.getvalue().encode("utf-8", "backslashreplace"))


def write_json(
    file: Path,
    about: dict[str, Any],
    reports: Sequence[Report],
    records: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]],
) -> None:
    """The same, with what all runs share: versions and configuration.

    Args:
        file: To write.
        about: The sweep.
        reports: On all cells.
        records: Their run.json, empty where there is none.
        lines: Their figures.
    """
    there = [record for record in records if record]
    memo: Counter[str] = Counter()
    for report in reports:
        memo.update(report.memo)
    document = about | {
        "versions": common([record["versions"] for record in there]),
        "encoder": common([record["encoder"] or {} for record in there]),
        "config": common([record["config"] for record in there]),
        "memo": dict(sorted(memo.items())),
        "runs": list(lines),
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    write_bytes(file, text.encode("utf-8", "backslashreplace") + b"\n")


def common(dicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What nested dictionaries agree on."""
    if not dicts:
        return {}
    first, shared = dicts[0], {}
    for key, value in first.items():
        if not all(key in each for each in dicts):
            continue
        values = [each[key] for each in dicts]
        if all(each == value for each in values):
            shared[key] = value
        elif all(isinstance(each, dict) for each in values):
            shared[key] = common(values)
    return shared


def _flat(line: dict[str, Any]) -> dict[str, Any]:
    """Nested figures as columns such as ``loss.style``; lists as words."""
    flat: dict[str, Any] = {}
    for name, value in line.items():
        if name == "parameters":
            flat |= value
        elif isinstance(value, dict):
            prefix = {"losses": "loss"}.get(name, name)
            flat |= {f"{prefix}.{part}": figure for part, figure in value.items()}
        else:
            flat[name] = " ".join(value) if isinstance(value, list) else value
    return flat


def _rounded(figure: float) -> float:
    return float(f"{figure:.{DIGITS}g}")
