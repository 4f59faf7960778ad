"""The photographs of a batch: folders, globs, lists, single files and URLs of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from automask.config import photograph
from automask.images.formats import HEAD, is_picture
from automask.io.urls import absolute, file_system, is_local
from automask.jobs.photo_lists import LIST, Line, lines_of

MAGIC = frozenset("*?[")
OURS = ".automask-"  # hidden files and folders that are no one else's


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture to paint.

    Args:
        place: Absolute path or URL.
        name: Its path below the folder or glob that it was found by.
    """

    place: str
    name: str


@dataclass(frozen=True)
class Found:
    """What is where the photographs are.

    Args:
        photos: Each once, in the order of names.
        skipped: Places of files in their folders that are no pictures, or hidden.
    """

    photos: list[Photograph]
    skipped: frozenset[str]


def photographs(content: str, recursive: bool) -> Found:
    """All that ``content`` names.

    Args:
        content: Folders, globs, picture files, URLs of these, or .txt lists of any,
            parted by commas. What a line of a list names need not be there: it then
            fails by itself.
        recursive: Whether to look into the folders of folders.

    Raises:
        ValueError: If a part names nothing, or a folder holds no picture.
        OSError: If a folder cannot be read.
    """
    parts = [_of_part(part, recursive) for part in _parts(content)]
    photos = {photo.place: photo for found in parts for photo in found.photos}
    return Found(
        sorted(photos.values(), key=lambda photo: (photo.name, photo.place)),
        frozenset().union(*(found.skipped for found in parts)) - photos.keys(),
    )


def _parts(content: str) -> list[str]:
    """Parted at commas, but for a file with a comma in its name."""
    whole = os.path.exists(os.path.expanduser(content))
    return [content] if whole else [part for part in content.split(",") if part]


def _of_part(part: str, recursive: bool) -> Found:
    file = os.path.expanduser(part)
    if not (part.lower().endswith(LIST) and os.path.isfile(file)):
        return _named(part, recursive)
    listed = [_of_line(line, recursive) for line in lines_of(file)]
    if not listed:
        raise ValueError(f"the list '{part}' is empty; write a photograph a line")
    return Found(
        [photo for found in listed for photo in found.photos],
        frozenset().union(*(found.skipped for found in listed)),
    )


def _of_line(line: Line, recursive: bool) -> Found:
    """What a line of a list names; where that is nothing, the line itself, to fail."""
    try:
        return _named(line.place, recursive)
    except (ValueError, OSError):
        place = absolute(line.place)
        return Found([Photograph(place, os.path.basename(place) or "_")], frozenset())


def _named(part: str, recursive: bool) -> Found:
    place = absolute(part)
    fs, path = file_system(place)
    if fs.isdir(path):
        within = (
            _walked(path, recursive)
            if is_local(place)
            else _listed(fs, path, recursive)
        )
        found = _sorted_out(fs, place, within, path)
        if not found.photos:
            raise ValueError(
                f"no pictures in '{part}'"
                + ("" if recursive else "; recursive=true looks into its folders too")
            )
        return found
    if fs.isfile(path):
        return Found([_photograph(fs, place, path, path.rpartition("/")[0])], NOTHING)
    if MAGIC & set(path):
        fixed = path[: min(path.index(c) for c in MAGIC & set(path))].rpartition("/")[0]
        found = _sorted_out(fs, place, fs.glob(path), fixed)
        if not found.photos:
            raise ValueError(f"no picture matches content={part}")
        return found
    if not is_local(place):
        raise ValueError(f"nothing is at '{part}'; check its name")
    named = os.path.abspath(photograph(part))  # one of scikit-image's, or an error
    return Found([Photograph(named, os.path.basename(named))], NOTHING)


NOTHING: frozenset[str] = frozenset()


def _walked(folder: str, recursive: bool) -> Iterator[str]:
    """Files of a local folder; fsspec would pass over folders that it may not read."""

    def refuse(error: OSError) -> None:
        raise error

    for inner, _, names in os.walk(folder, onerror=refuse):
        yield from (os.path.join(inner, n).replace(os.sep, "/") for n in names)
        if not recursive:
            return


def _listed(fs: Any, folder: str, recursive: bool) -> list[str]:
    found: list[str] = fs.find(folder, maxdepth=None if recursive else 1)
    return found


def _sorted_out(
    fs: Any, place: str, files: Iterator[str] | list[str], root: str
) -> Found:
    """Pictures below a folder, and what else is there."""
    photos, skipped = [], set()
    for file in files:
        photo = _photograph(fs, place, file, root)
        if _is_shown(photo.name) and _is_picture(fs, file, is_local(place)):
            photos.append(photo)
        elif OURS not in photo.name and not fs.isdir(file):
            skipped.add(photo.place)
    return Found(photos, frozenset(skipped))


def _photograph(fs: Any, place: str, file: str, root: str) -> Photograph:
    whole = file if is_local(place) else str(fs.unstrip_protocol(file))
    return Photograph(whole, file[len(root) :].lstrip("/"))


def _is_shown(name: str) -> bool:
    """Whether no part of its path is hidden."""
    return not any(part.startswith(".") for part in name.split("/"))


def _is_picture(fs: Any, file: str, local: bool) -> bool:
    """Whether a file is one, or a link that leads nowhere and is called so."""
    if local and os.path.exists(file) and not os.path.isfile(file):
        return False  # a pipe would be waited for
    return is_picture(file, partial(_head, fs, file))


def _head(fs: Any, file: str) -> bytes:
    """Its first bytes; none where it cannot be read."""
    try:
        head: bytes = fs.cat_file(file, 0, HEAD)
        return head
    except (OSError, ValueError):
        return b""
