"""Locks between processes: for the dead the system lets go, or who comes next."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from automask.io.signals import last_acts

with warnings.catch_warnings():  # that it must do without the system's locks
    warnings.simplefilter("ignore")
    from filelock import BaseFileLock, FileLock, Timeout


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Wait till no other process holds the file.

    Args:
        file: Made if it is not there; its folder must be.

    Raises:
        FileNotFoundError: If its folder is not there.
    """
    os.stat(file.parent)  # else it would be made
    with FileLock(file):
        yield


@contextmanager
def alone_in(folder: Path, kind: str) -> Iterator[None]:
    """Make a folder, and keep others of that kind out for as long as this one lives.

    Args:
        folder: That is worked on.
        kind: Such as batch; work of another kind is let in.

    Raises:
        ValueError: If another process has it.
        OSError: If it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone_with(folder / f".automask-{kind}.lock", folder, kind):
        yield


@contextmanager
def alone_with(file: Path, place: Path, kind: str) -> Iterator[None]:
    """Hold a lock file that is gone at the end.

    Args:
        file: To lock.
        place: What it stands for.
        kind: Of work that is done there.

    Raises:
        ValueError: If another process has it.
        OSError: If it cannot be locked.
    """
    if (lock := tried(file)) is None:
        raise ValueError(
            f"another {kind} is at work on '{place}'; wait for it, or choose another "
            "out=FOLDER"
        )
    erase = partial(os.unlink, file)
    last_acts.append(erase)
    try:
        yield
    finally:
        let_go(lock)
        last_acts.remove(erase)


def tried(file: Path) -> BaseFileLock | None:
    """The lock of a file if no living process has it.

    Raises:
        OSError: If the disk knows no locks, or the folder is gone.
    """
    os.stat(file.parent)
    lock = FileLock(file)
    for _ in range(2):  # without the system's locks the first takes away a dead one's
        with suppress(Timeout):
            lock.acquire(timeout=0)
            return lock
    return None


def let_go(lock: BaseFileLock) -> None:
    """Release a lock, its file going first: whoever waits for it sees that."""
    with suppress(OSError):  # Windows has it go last
        os.unlink(lock.lock_file)
    lock.release()
