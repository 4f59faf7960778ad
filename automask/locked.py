"""One process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Wait till no other process holds the file; the system lets go for a dead one.

    Args:
        file: Made if it is not there; its folder must be.
    """
    with open(file, "w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
