"""Batches in this process, what their manifests say, and parts that are counted."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Outcome
from filelock import has_fcntl
from torch import Tensor

import automask
from automask.batch import main
from automask.masks.soft import SoftMasks

ROOT = Path(automask.__file__).parent.parent
PATHS = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
ENVIRON = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, PATHS))}
"""For programs of the tests."""
one_kind_of_lock = pytest.mark.skipif(
    os.name == "posix" and not has_fcntl,
    reason="without fcntl locks are others than those of the processes in the test",
)


def run_batch(
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Outcome:
    """Call python -m automask.batch in this process."""
    monkeypatch.setattr(sys, "argv", ["automask.batch", *words])
    return Outcome(main(), *capfd.readouterr())


def lines_of(manifest: Path) -> list[dict[str, str]]:
    """What a manifest says, line by line."""
    return [json.loads(line) for line in manifest.read_text().splitlines()]


def states_of(manifest: Path) -> dict[str, str]:
    """The last state of each item by its name."""
    return {x["name"]: x["state"] for x in lines_of(manifest) if "key" in x}


@dataclass(frozen=True)
class Counted:
    """A mask source and an encoder that note each picture seen, each one built."""

    weights: str | None = None
    download: bool = False
    name: str = "counted"
    sha256: str = "0" * 64

    def __post_init__(self) -> None:
        SEEN.append("built")

    def __call__(self, image: Tensor) -> SoftMasks:
        """A mask of everything."""
        SEEN.append("looked")
        return SoftMasks(("person",), image[0, :1] * 0 + 1, ("counted",))


SEEN: list[str] = []
