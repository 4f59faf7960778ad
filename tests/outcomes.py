"""What a run left or said, for the tests that start one."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import Outcome


def record(run: Outcome) -> dict:
    """What a run that succeeded left."""
    assert run.code == 0, run.err
    place = Path(run.out.splitlines()[-1].split(": ", 1)[1])
    folder = place if place.is_dir() else place.parent
    folder = folder if folder.name else place.with_suffix(".run")  # out=NAME
    return json.loads((folder / "run.json").read_text())


def refused(run: Outcome, *parts: str) -> None:
    """Assert that there was one line, with these parts in it."""
    assert run.code == 2 and run.err.count("\n") == 1, run.err
    for part in parts:
        assert part in run.err, run.err
