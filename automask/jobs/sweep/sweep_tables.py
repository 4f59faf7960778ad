"""sweep.csv and sweep.json: every run's figures side by side."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automask.jobs.sweep.sweep_results import Run

DIGITS = 6  # of a figure
LAST = ("mask_names", "picture", "folder", "error")  # columns behind all figures


def csv_text(runs: Sequence[Run], folder: Path) -> str:
    """A line for each run; what one run lacks is left empty.

    Args:
        runs: Of all cells.
        folder: Of the sweep; paths are told from there.
    """
    lines = [_flat(figures(run, folder)) for run in runs]
    seen = dict.fromkeys(name for line in lines for name in line)
    columns = [name for name in seen if name not in LAST]
    text = StringIO()
    writer = csv.DictWriter(text, [*columns, *LAST], restval="")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def json_text(about: dict[str, Any], runs: Sequence[Run], folder: Path) -> str:
    """The same, with what all runs share: versions and configuration.

    Args:
        about: The sweep.
        runs: Of all cells.
        folder: Of the sweep; paths are told from there.
    """
    records = [run.record for run in runs if run.record]
    memo: Counter[str] = Counter()
    for run in runs:
        memo.update(run.record["item"]["memo"] if run.state == "done" else {})
    document = about | {
        "versions": common([record["versions"] for record in records]),
        "encoder": common([record["encoder"] or {} for record in records]),
        "config": common([record["config"] for record in records]),
        "memo": dict(sorted(memo.items())),
        "runs": [figures(run, folder) for run in runs],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def figures(run: Run, folder: Path) -> dict[str, Any]:
    """What a cell was and came to.

    Args:
        run: What became of it.
        folder: Of the sweep; paths are told from there.

    Returns:
        Parameters, state, final losses by term and their sum, share of matches that
        cross a mask border by layer, searches, steps, seconds by stage, peak memory in
        MiB, picture, folder, error.
    """
    record, levels = run.record, run.record.get("levels") or []
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


def common(dicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What nested dictionaries agree on."""
    if not dicts:
        return {}
    shared = {}
    for key, value in dicts[0].items():
        values: list[Any] = [each.get(key) for each in dicts]
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
