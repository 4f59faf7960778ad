"""Hidden folders for what is not ready yet, and an end to those of the dead."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".automask-batch-"
NEWBORN = 60  # s in which an empty folder may still get its lock


@contextmanager
def locked_draft(parent: Path) -> Iterator[Path]:
    """A folder that is gone at the end, and locked for as long as its process lives.

    Raises:
        OSError: If nothing can be written there.
    """
    parent.mkdir(parents=True, exist_ok=True)
    draft = parent / f"{PREFIX}{secrets.token_hex(8)}"
    draft.mkdir()
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        os.close(descriptor)


def sweep(parent: Path, newborn: float = NEWBORN) -> int:
    """Delete drafts whose process has died, and none other.

    Args:
        parent: Where they lie.
        newborn: Seconds for which an empty one is let be; 0 where nobody else may be
            at work.

    Returns:
        How many there were.
    """
    return sum(_swept(draft, newborn) for draft in parent.glob(f"{PREFIX}*"))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make and lock a folder for as long as this process lives.

    Raises:
        ValueError: If another process has it.
        OSError: If it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int, path: Path) -> None:
    """Lock an open file or folder till it is closed, or its process has died.

    Raises:
        ValueError: If another process has it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(
            f"another batch is at work on '{path}'; wait for it, or choose another "
            "out=FOLDER"
        ) from None


def _swept(draft: Path, newborn: float) -> bool:
    try:
        descriptor = os.open(draft, os.O_RDONLY)
    except FileNotFoundError:  # its process has done that itself
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        age = time.time() - draft.stat().st_mtime
        if age < newborn and not any(draft.iterdir()):
            return False
        shutil.rmtree(draft, ignore_errors=True)
        return True
    except (BlockingIOError, FileNotFoundError):
        return False
    finally:
        os.close(descriptor)
