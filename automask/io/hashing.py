"""What a file holds, in 64 digits: for the record of a run."""

from __future__ import annotations

import hashlib
from pathlib import Path

from automask.io.regular_files import check_regular


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        ValueError: If it is a pipe, a socket or a device.
        OSError: If it is not there, or cannot be read.
    """
    check_regular(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
