"""Files that can be read at once: no pipe is waited for, no device is opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_regular(path: str | Path) -> None:
    """Refuse what is there under that name and is neither a file nor a folder.

    Raises:
        ValueError: If it is a pipe, a socket or a device.
        OSError: If nothing is there.
    """
    kind = KINDS.get(stat.S_IFMT(os.stat(path).st_mode))
    if kind is not None:
        raise ValueError(f"'{path}' is {kind}; give a file")
