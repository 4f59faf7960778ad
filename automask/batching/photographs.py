"""The photographs of a batch: folders, globs, lists, single files and URLs of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automask.batching.places import absolute, file_system, is_local
from automask.cli import is_picture_name
from automask.config import photograph

MAGIC = frozenset("*?[")
LIST = ".txt"  # a file of one place a line


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture to paint.

    Args:
        place: Absolute path or URL.
        name: Its path below the folder or glob that it was found by.
    """

    place: str
    name: str


def photographs(content: str, recursive: bool) -> list[Photograph]:
    """All that ``content`` names, each once, in the order of names.

    Args:
        content: Folders, globs, picture files, URLs of these, or .txt lists of any,
            parted by commas.
        recursive: Whether to look into the folders of folders.

    Raises:
        ValueError: If a part names nothing, or a folder holds no picture.
        OSError: If a folder cannot be read.
    """
    found = {
        photo.place: photo
        for part in _parts(content)
        for photo in _named(part, recursive)
    }
    return sorted(found.values(), key=lambda photo: (photo.name, photo.place))


def _parts(content: str) -> Iterator[str]:
    """Parted at commas and lines of lists, but for a file with a comma in its name."""
    whole = os.path.exists(os.path.expanduser(content))
    for part in [content] if whole else content.split(","):
        if part.lower().endswith(LIST) and os.path.isfile(os.path.expanduser(part)):
            lines = Path(part).expanduser().read_text("utf-8", "surrogateescape")
            yield from (line.strip() for line in lines.splitlines() if line.strip())
        elif part:
            yield part


def _named(part: str, recursive: bool) -> list[Photograph]:
    place = absolute(part)
    fs, path = file_system(place)
    if fs.isdir(path):
        within = (
            _walked(path, recursive)
            if is_local(place)
            else _listed(fs, path, recursive)
        )
        found = [file for file in within if _is_shown(file, path)]
        if not found:
            raise ValueError(
                f"no pictures in '{part}'"
                + ("" if recursive else "; recursive=true looks into its folders too")
            )
        return [_photograph(fs, place, file, path) for file in found]
    if fs.isfile(path):
        return [_photograph(fs, place, path, path.rpartition("/")[0])]
    if MAGIC & set(path):
        fixed = path[: min(path.index(c) for c in MAGIC & set(path))].rpartition("/")[0]
        found = [file for file in fs.glob(path) if _is_shown(file, fixed)]
        if not found:
            raise ValueError(f"no picture matches content={part}")
        return [_photograph(fs, place, file, fixed) for file in found]
    if not is_local(place):
        raise ValueError(f"nothing is at '{part}'; check its name")
    named = os.path.abspath(photograph(part))  # one of scikit-image's, or an error
    return [Photograph(named, os.path.basename(named))]


def _walked(folder: str, recursive: bool) -> Iterator[str]:
    """Files of a local folder; fsspec would pass over folders that it may not read."""

    def refuse(error: OSError) -> None:
        raise error

    for inner, _, names in os.walk(folder, onerror=refuse):
        yield from (os.path.join(inner, name) for name in names)
        if not recursive:
            return


def _listed(fs: Any, folder: str, recursive: bool) -> list[str]:
    found: list[str] = fs.find(folder, maxdepth=None if recursive else 1)
    return found


def _photograph(fs: Any, place: str, file: str, root: str) -> Photograph:
    whole = file if is_local(place) else str(fs.unstrip_protocol(file))
    return Photograph(whole, file[len(root) :].lstrip("/"))


def _is_shown(file: str, root: str) -> bool:
    """Whether it looks like a picture, and no part of its path below is hidden."""
    below = file[len(root) :].lstrip("/")
    hidden = any(part.startswith(".") for part in below.split("/"))
    return is_picture_name(file) and not hidden
