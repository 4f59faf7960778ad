"""What is left to do: the list of work, the manifest, and what lies in ``out``."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os.path import lexists
from pathlib import PurePosixPath
from typing import Any

from automask import __version__
from automask.io.urls import is_local, names_below
from automask.jobs.batch_settings import Settings
from automask.jobs.changes import News
from automask.jobs.find_photos import Found
from automask.jobs.items import Item, work_list
from automask.jobs.manifest import Manifest
from automask.jobs.marks import mark_of

PACKAGES = ("torch", "mediapipe", "numpy", "opencv-contrib-python", "Pillow")
ENDINGS = (".json", ".masks")  # of what lies beside a picture


@dataclass(frozen=True)
class Plan:
    """What a batch is about.

    Args:
        items: All pictures.
        anew: How many are painted anew, as the photograph or the settings changed.
        skipped: Files beside the photographs that are no pictures.
    """

    items: list[Item]
    anew: int
    skipped: int


def plan(settings: Settings, found: Found, manifest: Manifest) -> Plan:
    """Bring the manifest up to date, and say which items it is about.

    Args:
        settings: What was asked for.
        found: What lies where the photographs are.
        manifest: Of an earlier start, or new.

    Raises:
        ValueError: If all photographs are results of this batch.
    """
    keys = settings.keys
    earlier = [entry.item for entry in manifest.entries.values()]
    is_ours = _results(settings, manifest, earlier)
    photos = [photo for photo in found.photos if not is_ours(photo.place)]
    skipped = sum(not is_ours(place) for place in found.skipped)
    if not photos:
        raise ValueError(
            f"content={keys.content} holds the results of this batch alone"
        )
    ours = {item.name for item in earlier}
    if keys.fresh or not manifest.header:
        manifest.begin(header_of(settings))
        earlier = []
    elif manifest.header.get("config") != settings.digest:
        manifest.now({"config": settings.digest, "keys": settings.shared})
    is_there, batch = existing(settings.out), manifest.header["batch"]

    def is_taken(name: str, key: str) -> bool:
        ends = (f".{keys.suffix}", *ENDINGS)
        return (
            name not in ours
            and any(is_there(name + end) for end in ends)
            and mark_of(settings.out, name)[:2] != (batch, key)
        )

    items = work_list(photos, settings.variants, earlier, is_taken)
    news = News(settings, manifest, is_there)
    manifest.note(news.replaced(items, earlier))
    manifest.note(news.of(items, photos))
    return Plan(items, news.anew, skipped)


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


def _results(
    settings: Settings, manifest: Manifest, earlier: Sequence[Item]
) -> Callable[[str], bool]:
    """Whether a place is that of a file that this batch has made."""
    ends = (f".{settings.keys.suffix}", ".png", ".jpg", ".json")
    made = {f"{settings.out}/{item.name}{end}" for item in earlier for end in ends}
    made |= {str(manifest.path), str(manifest.path.absolute())}
    masks = {f"{settings.out}/{item.name}.masks" for item in earlier}

    def is_ours(place: str) -> bool:
        above = place.partition(".masks/")
        return place in made or bool(above[1]) and f"{above[0]}.masks" in masks

    return is_ours


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
