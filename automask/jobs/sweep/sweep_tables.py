"""sweep.csv and sweep.json: every run's figures side by side."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from automask.images.image_files import write_bytes
from automask.jobs.sweep.grid import Cell

DIGITS = 6  # of a figure
FAILED = ("failed", "unstarted")


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
        return self.state in FAILED

    @property
    def picture(self) -> Path | None:
        """In its folder; None where it stopped after the masks."""
        return next(self.folder.glob("*.png"), None) if self.folder else None


def figures(run: Run, folder: Path) -> dict[str, Any]:
    """What a cell was and came to, for a line of the table.

    Args:
        run: What became of it.
        folder: Of the sweep; places are told from there.

    Returns:
        Parameters, state, final losses by term and their sum, share of matches that
        cross a mask border by layer, searches, steps, seconds by stage, peak memory in
        MiB, picture, folder, error.
    """
    record = run.record
    levels = record.get("levels") or []
    last = levels[-1] if levels else {"losses": {}, "crossing": {}}
    return {
        "run": run.cell.number,
        "parameters": dict(run.cell.values),
        "state": run.state,
        "loss": _rounded(sum(last["losses"].values())) if levels else None,
        "losses": {term: _rounded(loss) for term, loss in last["losses"].items()},
        "crossing": {name: _rounded(share) for name, share in last["crossing"].items()},
        "searches": sum(level["searches"] for level in levels) if levels else None,
        "steps": sum(level["iterations"] for level in levels) if levels else None,
        "seconds": record.get("seconds", {}),
        "peak_memory_mib": record.get("peak_memory_mib"),
        "mask_names": [mask["name"] for mask in record.get("masks", [])],
        "picture": run.picture and os.path.relpath(run.picture, folder),
        "folder": run.folder and os.path.relpath(run.folder, folder),
        "error": run.error,
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
    runs: Sequence[Run],
    lines: Sequence[dict[str, Any]],
) -> None:
    """The same, with what all runs share: versions and configuration.

    Args:
        file: To write.
        about: The sweep.
        runs: Of all cells.
        lines: Their figures.
    """
    there = [run.record for run in runs if run.record]
    memo: Counter[str] = Counter()
    for run in runs:
        memo.update(run.record["item"]["memo"] if run.state == "done" else {})
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
