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
LOCK, DRAFT = ".lock", "draft"  # in a hidden folder; the latter is what it is for
NEWBORN = 60  # s in which a hidden folder may still get its lock and its draft
OLD = 24 * 60 * 60  # s after which what has no lock, or is a file, is of the dead
TRIES = 3  # of deleting what another thread may be writing into
SWEEPS = "*_sweep-of-*"  # folders that sweeps make for themselves


@contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """A folder of our own in another, gone at the end with what was made for it.

    It lies in one that is locked for as long as this process lives, so that a later
    run sees which are of the dead.

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
        hidden.mkdir()
        with suppress(OSError):  # a disk without locks: nobody can sweep there either
            lock = tried(hidden / LOCK)
        (hidden / DRAFT).mkdir()
        yield hidden / DRAFT
    finally:
        with uninterrupted():
            shutil.rmtree(hidden / DRAFT, ignore_errors=True)
            if lock is not None:
                let_go(lock)
            erase()
            last_acts.remove(erase)


def _erased(hidden: Path, made: Iterable[Path]) -> None:
    """Delete a hidden folder, be others still writing there, and those made for it."""
    for _ in range(TRIES):
        shutil.rmtree(hidden, ignore_errors=True)
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
        age = time.time() - hidden.stat().st_mtime
        if hidden.is_file() and hidden.suffix != LOCK:
            if age > OLD:
                hidden.unlink()
            return age > OLD
        file = hidden / LOCK if hidden.is_dir() else hidden
        limit = OLD if not file.exists() else 0
        if file != hidden and not (hidden / DRAFT).exists():
            limit = max(limit, NEWBORN)
        if age < limit or (lock := tried(file)) is None:
            return False
    except OSError:  # gone meanwhile, or the disk has no locks
        return False
    shutil.rmtree(hidden / DRAFT, ignore_errors=True)
    let_go(lock)
    shutil.rmtree(hidden, ignore_errors=True)
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
