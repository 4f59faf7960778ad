"""Folders: hidden ones that leave nothing behind, and names that are free."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path

from automask.io.locks import let_go, tried
from automask.io.signals import last_acts, uninterrupted

HIDDEN = re.compile(r"\.automask-([0-9a-f]{16}|\w+\.lock)")
LOCK = ".lock"  # ends the name of the file that stands beside a hidden folder
OLD = 24 * 60 * 60  # s after which a half-written file is of the dead
TRIES = 3  # of deleting what another thread may be writing into
SWEEPS = "*_sweep-of-*"  # folders that sweeps make for themselves


@contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """A folder of our own in another, gone at the end with what was made for it.

    A file beside it is locked from before it is made till after it is gone, so that a
    later run sees which are of the dead, whenever they died.

    Args:
        parent: Made if it is not there; it stays if something else lies in it by then.

    Raises:
        OSError: If nothing can be written there.
    """
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    hidden = parent / f".automask-{secrets.token_hex(8)}"
    lock, erase = None, partial(_erased, hidden, made)
    last_acts.append(erase)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # a disk without locks: nobody can sweep there either
            while (lock := tried(hidden.with_suffix(LOCK))) is None:
                time.sleep(0.01)  # a sweeper is looking at it
        hidden.mkdir()
        yield hidden
    finally:
        with uninterrupted():
            _deleted(hidden)
            if lock is not None:
                let_go(lock)
            erase()
            last_acts.remove(erase)


def _deleted(hidden: Path) -> None:
    """Delete a hidden folder, be other threads still writing there."""
    for _ in range(TRIES):
        shutil.rmtree(hidden, ignore_errors=True)


def _erased(hidden: Path, made: Iterable[Path]) -> None:
    """Delete a hidden folder with its lock, and those made for it."""
    _deleted(hidden)
    with suppress(OSError):  # there is none any more
        hidden.with_suffix(LOCK).unlink()
    for folder in made:
        with suppress(OSError):  # it holds something, so it stays
            folder.rmdir()


def sweep_dead(parent: Path) -> int:
    """Delete hidden folders of processes that have died, and none other.

    Args:
        parent: Where they lie, or the folders of sweeps that hold them.

    Returns:
        How many there were.
    """
    swept = 0
    for folder in (parent, *parent.glob(SWEEPS)):
        with suppress(OSError):  # gone meanwhile, or not ours to read
            found = [entry for entry in os.scandir(folder) if _is_hidden(entry)]
            dead = sum(_swept(Path(entry.path)) for entry in found)
            swept += dead
            if dead and folder != parent:
                folder.rmdir()  # if nothing had come of that sweep
    return swept


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    return bool(HIDDEN.fullmatch(entry.name)) and not entry.is_symlink()


def _swept(hidden: Path) -> bool:
    """Delete a hidden folder, a lock, or a half-written file that is of the dead."""
    try:
        is_folder, is_lock = hidden.is_dir(), hidden.suffix == LOCK
        if not is_folder and not is_lock:
            old = time.time() - hidden.stat().st_mtime > OLD
            if old:
                hidden.unlink()
            return old
        if is_lock and (hidden.with_suffix("").exists() or not hidden.exists()):
            return False  # it goes, or has gone, with its folder
        if (lock := tried(hidden if is_lock else hidden.with_suffix(LOCK))) is None:
            return False
    except OSError:  # gone meanwhile, or the disk has no locks
        return False
    if is_folder:
        _deleted(hidden)
    let_go(lock)
    return True


def numbered(wanted: Path) -> Iterator[Path]:
    """The name, then with numbers from 2 on behind it."""
    yield wanted
    for number in count(2):
        yield wanted.with_name(f"{wanted.name}-{number}")


def free_name(wanted: Path) -> Path:
    """The name, with a number behind it where something has it already."""
    return next(folder for folder in numbered(wanted) if not folder.exists())


def cut_to(room: int, text: str) -> str:
    """A text, or as much of it as takes no more bytes in a file's name."""
    whole = os.fsencode(text)
    return text if len(whole) <= room else whole[:room].decode("utf-8", "ignore")
