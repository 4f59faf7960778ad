"""Planted jobs for the engines: they fail, die, or wait to be told.

Light to import, for each worker process does.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automask.jobs.items import Item
from automask.jobs.outcome import Job, Share


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
    if name.startswith("poison") or (name.startswith("mortal") and not tries):
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
