"""Folders: hidden ones that leave nothing behind, and names that are free."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from automask.signals import uninterrupted


@contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """A folder of our own in another, gone at the end with what was made for it.

    Args:
        parent: Made if it is not there; it stays if something else lies in it by then.

    Raises:
        OSError: If nothing can be written there.
    """
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    hidden = parent / f".automask-{secrets.token_hex(8)}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        hidden.mkdir()
        yield hidden
    finally:
        with uninterrupted():
            shutil.rmtree(hidden, ignore_errors=True)
            for folder in made:
                with suppress(OSError):  # it holds something, so it stays
                    folder.rmdir()


def numbered(wanted: Path) -> Iterator[Path]:
    """The name, then with numbers from 2 on behind it."""
    yield wanted
    for number in count(2):
        yield wanted.with_name(f"{wanted.name}-{number}")


def free_name(wanted: Path) -> Path:
    """The name, with a number behind it where something has it already."""
    return next(folder for folder in numbered(wanted) if not folder.exists())
