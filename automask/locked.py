"""One process at a time, or all but one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path, *, shared: bool = False) -> Iterator[None]:
    """Wait till no other process holds the file; the system lets go for a dead one.

    Args:
        file: Made if it is not there; its folder must be.
        shared: Whether others that share it may hold it too.
    """
    with open(file, "w") as opened:
        fcntl.flock(opened, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
