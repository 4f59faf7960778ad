"""Planted jobs for the batch's engines: they fail, die, or wait to be told."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from conftest import Outcome
from filelock import has_fcntl
from torch import Tensor

import automask
from automask.batch import main
from automask.jobs.items import Item
from automask.jobs.outcome import Job, Share
from automask.masks.soft import SoftMasks

ROOT = Path(automask.__file__).parent.parent
PATHS = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
ENVIRON = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, PATHS))}
"""For programs of the tests."""
one_kind_of_lock = pytest.mark.skipif(
    os.name == "posix" and not has_fcntl,
    reason="without fcntl locks are others than those of the processes in the test",
)


def items_named(*names: str) -> list[Item]:
    """Items that are told apart by their names alone."""
    return [Item(f"key-{name}", f"/{name}.jpg", "monet", name) for name in names]


@dataclass(frozen=True)
class Planted:
    """Jobs that do what an item's name says and leave a file for each try.

    Args:
        folder: For these files.
    """

    folder: str

    def __call__(self, share: Share) -> Job:
        """A job that knows its share."""
        touch(Path(self.folder), "load")
        return partial(do, self, share)


def do(plan: Planted, share: Share, item: Item) -> None:
    """Leave a file NAME.TRY that holds the process and its share; then as named."""
    folder, name = Path(plan.folder), item.name
    tries = touch(folder, name)
    told = f"{os.getpid()} {share.threads} {os.environ.get('OMP_NUM_THREADS')}"
    (folder / f"{name}.{tries}").write_text(told)
    if name.startswith("bad"):
        raise ValueError(f"'{name}' is not a picture")
    if name.startswith("poison"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("short") or (name.startswith("once") and not tries):
        raise MemoryError
    if name.startswith("full"):
        raise OSError(28, "No space left on device", str(folder))
    if name.startswith("slow"):
        wait_for(folder / "go")


def touch(folder: Path, name: str) -> int:
    """Leave an empty file NAME.TRY; returns the first TRY that was free."""
    tries = 0
    while True:
        try:
            os.close(os.open(folder / f"{name}.{tries}", os.O_CREAT | os.O_EXCL))
            return tries
        except FileExistsError:
            tries += 1


def wait_for(file: Path, seconds: float = 60) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"no {file.name}")
        time.sleep(0.02)


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
