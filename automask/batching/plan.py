"""What is left to do: the list of work, the manifest, and what lies in ``out``."""

from __future__ import annotations

import json
import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from os.path import lexists
from pathlib import PurePosixPath
from typing import Any

from automask import __version__
from automask.batching.items import Item, work_list
from automask.batching.manifest import DONE, FAILED, PENDING, Entry, Manifest
from automask.batching.photographs import Photograph
from automask.batching.places import file_system, is_local, names_below
from automask.batching.settings import Settings
from automask.config import leaves

PACKAGES = ("torch", "mediapipe", "numpy", "opencv-contrib-python", "Pillow")
ENDINGS = (".json", ".masks")  # of what lies beside a picture


def plan(
    settings: Settings, photos: Sequence[Photograph], manifest: Manifest
) -> list[Item]:
    """Bring the manifest up to date, and say which items it is about.

    Args:
        settings: What was asked for.
        photos: What was found.
        manifest: Of an earlier start, or new.

    Raises:
        ValueError: If the folder holds a batch of another configuration, or all
            photographs are results of this one.
    """
    keys = settings.keys
    earlier = [entry.item for entry in manifest.entries.values()]
    ours = {item.name for item in earlier}
    results = {f"{settings.out}/{name}.{keys.suffix}" for name in ours}
    photos = [photo for photo in photos if photo.place not in results]
    if not photos:
        raise ValueError(
            f"content={keys.content} holds the results of this batch alone"
        )
    if keys.fresh or not manifest.header:
        manifest.begin(header_of(settings))
        earlier = []
    else:
        _check_same(settings, manifest)
    is_there = existing(settings.out)

    def is_taken(name: str) -> bool:
        ends = (f".{keys.suffix}", *ENDINGS)
        return name not in ours and any(is_there(name + end) for end in ends)

    items = work_list(photos, settings.variants, earlier, is_taken)
    manifest.note(_news(settings, items, manifest, is_there))
    return items


def header_of(settings: Settings) -> dict[str, Any]:
    """First line of a new manifest."""
    return {
        "automask": __version__,
        "batch": secrets.token_hex(8),
        "config": settings.digest,
        "versions": {"python": platform.python_version()}
        | {name: found for name in PACKAGES if (found := _version(name))},
        "keys": settings.shared,
    }


def existing(out: str) -> Callable[[str], bool]:
    """Whether a name below ``out`` exists; a URL is listed once for all names."""
    if is_local(out):
        return lambda name: lexists(f"{out}/{name}")
    files = names_below(out)
    names = files | {str(up) for file in files for up in PurePosixPath(file).parents}
    return names.__contains__


def _check_same(settings: Settings, manifest: Manifest) -> None:
    if manifest.header.get("config") == settings.digest:
        return
    there, here = (
        dict(leaves(manifest.header.get("keys"))),
        dict(leaves(settings.shared)),
    )
    differing = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    key = min(differing, default="its configuration")
    raise ValueError(
        f"'{manifest.path}' is of another configuration: {key} is {there.get(key)} "
        f"there and {here.get(key)} here; choose out=another, or fresh=true starts anew"
    )


def _news(
    settings: Settings,
    items: Sequence[Item],
    manifest: Manifest,
    is_there: Callable[[str], bool],
) -> Iterator[Entry]:
    """States that differ from what the manifest says."""
    for item in items:
        before = manifest.entries.get(item.key)
        if before is None:
            yield Entry(item, PENDING)
        elif before.state == DONE and not is_there(f"{item.name}.json"):
            yield Entry(item, PENDING)  # someone has deleted it
        elif before.state == FAILED and settings.keys.retry:
            yield Entry(item, PENDING)
        elif before.state == PENDING and is_there(f"{item.name}.json"):
            # A kill came between its last file and the line that says so.
            if _marked(settings.out, item) == (manifest.header["batch"], item.key):
                yield Entry(item, DONE)


def _marked(out: str, item: Item) -> tuple[str | None, str | None]:
    """Batch and key that the record of a finished picture names."""
    fs, path = file_system(f"{out}/{item.name}.json")
    try:
        told = json.loads(fs.cat_file(path)).get("item", {})
    except ValueError:  # not a record of ours
        return None, None
    return told.get("batch"), told.get("key")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
