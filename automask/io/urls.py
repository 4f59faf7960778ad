"""Local paths and fsspec's URLs, read through a local copy and written whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STAMPED = ("size", "mtime_ns", "ctime_ns", "ino")  # of a file's status
URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)


def is_local(place: str) -> bool:
    """Whether it is a path of this machine rather than a URL such as s3://…."""
    return not URL.match(place)


def absolute(place: str) -> str:
    """The same place wherever it is named from; file:// is a path like any other.

    Returns:
        An absolute path, or a URL without a slash at its end.
    """
    if place.lower().startswith("file://"):
        place = place[len("file://") :]
    if is_local(place):
        return os.path.abspath(os.path.expanduser(place)).replace(os.sep, "/")
    return place.rstrip("/")


def file_system(place: str) -> tuple[Any, str]:
    """The file system of a place, and its path there.

    Raises:
        ValueError: If fsspec has no driver for such URLs, or it is not installed.
    """
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]
    from fsspec.implementations.local import (  # type: ignore[import-untyped]
        LocalFileSystem,
    )

    if is_local(place):
        return LocalFileSystem(), place
    try:
        fs, path = url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise ValueError(f"cannot open '{place}': {error}") from None
    return fs, path


@contextmanager
def local_copy(place: str, folder: Path) -> Iterator[str]:
    """A file of this machine with what is there, gone at the end if it is a copy.

    Args:
        place: Absolute path or URL of a file.
        folder: Where a copy may lie meanwhile.

    Raises:
        OSError: If the file cannot be had, or not all of it came.
    """
    if is_local(place):
        yield place
        return
    fs, path = file_system(place)
    copy = folder / f"content{os.path.splitext(path)[1]}"
    try:
        wanted = fs.size(path)
        fs.get_file(path, str(copy))
        if wanted is not None and copy.stat().st_size != wanted:
            raise OSError(
                errno.EIO,
                f"only {copy.stat().st_size} of {wanted} bytes came; try again",
                place,
            )
        yield str(copy)
    finally:
        copy.unlink(missing_ok=True)


def publish(file: Path, place: str) -> None:
    """Move a file or a folder to its place, replacing what is there.

    A file of this machine gets its name in one step; an object store shows an object
    once all of it has come.

    Raises:
        OSError: If it cannot be put there.
    """
    if is_local(place):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, place)
        return
    fs, path = file_system(place)
    fs.makedirs(fs._parent(path), exist_ok=True)
    fs.put_file(str(file), path)


def stamp(place: str) -> str:
    """Digits that change when a file is changed or replaced; none where none is there.

    They stand for its size, its times and its number on the disk, or what an object
    store tells of it. A copy of the same file has others.
    """
    try:
        if is_local(place):
            found = os.stat(place)
            told = [getattr(found, f"st_{name}") for name in STAMPED]
        else:
            fs, path = file_system(place)
            told = fs.info(path)
    except (OSError, ValueError):
        return ""
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def content_sha256(place: str) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        OSError: If it cannot be had.
    """
    fs, path = file_system(place)
    with fs.open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names_below(place: str) -> set[str]:
    """Paths of all files below a folder or URL, relative to it; none if it is absent.

    Raises:
        OSError: If it cannot be listed.
    """
    fs, root = file_system(place)
    if not fs.exists(root):
        return set()
    root = root.rstrip("/")
    return {path[len(root) + 1 :] for path in fs.find(root)}
