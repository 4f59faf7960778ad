"""What a file holds, in 64 digits, and which files a configuration names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def files_named(value: Any) -> Iterator[str]:
    """Files that a configuration names anywhere: maps, weights, a start."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from files_named(each)
    elif isinstance(value, str) and os.path.isfile(value):
        yield value


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
