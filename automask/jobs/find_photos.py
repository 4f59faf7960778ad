"""The photographs of a batch: folders, globs, lists, single files and URLs of each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from automask.config import photograph
from automask.images.formats import HEAD, is_picture
from automask.io.urls import absolute, file_system, is_local
from automask.jobs.photo_lists import LIST, paths_of

MAGIC = frozenset("*?[")
OURS = ".automask-"  # hidden files and folders that are no one else's


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture to paint.

    Args:
        location: Absolute path or URL.
        name: Its path below the folder or glob that it was found by.
    """

    location: str
    name: str


@dataclass(frozen=True)
class Found:
    """What is where the photographs are.

    Args:
        photos: Each once, in the order of names.
        skipped: Places of files in their folders that are no pictures, or hidden.
    """

    photos: list[Photograph]
    skipped: frozenset[str] = frozenset()


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
    whole = os.path.exists(os.path.expanduser(content))  # with a comma in its name
    parts = [content] if whole else [part for part in content.split(",") if part]
    found = _together(_of_part(part, recursive) for part in parts)
    photos = {photo.location: photo for photo in found.photos}
    return Found(
        sorted(photos.values(), key=lambda photo: (photo.name, photo.location)),
        found.skipped - photos.keys(),
    )


def _together(parts: Iterable[Found]) -> Found:
    listed = list(parts)
    photos = [photo for found in listed for photo in found.photos]
    return Found(photos, frozenset().union(*(found.skipped for found in listed)))


def _of_part(part: str, recursive: bool) -> Found:
    file = os.path.expanduser(part)
    if not (part.lower().endswith(LIST) and os.path.isfile(file)):
        return _named(part, recursive)
    found = _together(_of_line(location, recursive) for location in paths_of(file))
    if not found.photos:
        raise ValueError(f"the list '{part}' is empty; write a photograph a line")
    return found


def _of_line(line: str, recursive: bool) -> Found:
    """What a line of a list names; where that is nothing, the line itself, to fail."""
    try:
        return _named(line, recursive)
    except (ValueError, OSError):
        location = absolute(line)
        return Found([Photograph(location, os.path.basename(location) or "_")])


def _named(part: str, recursive: bool) -> Found:
    location = absolute(part)
    fs, path = file_system(location)
    if fs.isdir(path):
        found = _pictures(fs, location, _files(fs, location, path, recursive), path)
        if not found.photos:
            advice = "" if recursive else "; recursive=true looks into its folders too"
            raise ValueError(f"no pictures in '{part}'{advice}")
        return found
    if fs.isfile(path):
        return Found([_photograph(fs, location, path, path.rpartition("/")[0])])
    if MAGIC & set(path):
        fixed = path[: min(path.index(c) for c in MAGIC & set(path))].rpartition("/")[0]
        found = _pictures(fs, location, fs.glob(path), fixed)
        if not found.photos:
            raise ValueError(f"no picture matches content={part}")
        return found
    if not is_local(location):
        raise ValueError(f"nothing is at '{part}'; check its name")
    named = os.path.abspath(photograph(part))  # one of scikit-image's, or an error
    return Found([Photograph(named, os.path.basename(named))])


def _files(fs: Any, location: str, folder: str, recursive: bool) -> Iterator[str]:
    """Files below a folder; of a local one fsspec passes over what it may not read."""
    if not is_local(location):
        yield from fs.find(folder, maxdepth=None if recursive else 1)
        return

    def refuse(error: OSError) -> None:
        raise error

    for inner, _, names in os.walk(folder, onerror=refuse):
        yield from (os.path.join(inner, n).replace(os.sep, "/") for n in names)
        if not recursive:
            return


def _pictures(fs: Any, location: str, files: Iterable[str], root: str) -> Found:
    """Pictures below a folder, and what else is there."""
    photos, skipped = [], set()
    for file in files:
        photo = _photograph(fs, location, file, root)
        hidden = any(part.startswith(".") for part in photo.name.split("/"))
        if not hidden and _is_picture(fs, file, is_local(location)):
            photos.append(photo)
        elif OURS not in photo.name and not fs.isdir(file):
            skipped.add(photo.location)
    return Found(photos, frozenset(skipped))


def _photograph(fs: Any, location: str, file: str, root: str) -> Photograph:
    whole = file if is_local(location) else str(fs.unstrip_protocol(file))
    return Photograph(whole, file[len(root) :].lstrip("/"))


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
