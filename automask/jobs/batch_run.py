"""A batch from its settings to its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from automask.io.folders import cut_to
from automask.io.urls import is_local, stamp
from automask.jobs.batch_settings import Settings
from automask.jobs.find_photos import Photograph, photographs
from automask.jobs.items import Item, Request, Variant
from automask.jobs.manifest import Manifest
from automask.jobs.outcome import Engine
from automask.jobs.paint_item import Painting
from automask.jobs.plan import left_to_do
from automask.jobs.results import Results
from automask.jobs.runner import begun, paint_all, summed_up
from automask.pipeline.read_only import check_apart
from automask.pipeline.sources import beside
from automask.pipeline.style_spec import Source
from automask.targets import build

NAME_BYTES = 230  # of a picture's name; most systems allow 255 with what comes behind


def run(settings: Settings) -> int:
    """Do all that is left to do, and say what came of it.

    Returns:
        0 if all is done, 1 if something failed or is still pending, 2 if nothing could
        begin.

    Raises:
        ValueError: If nothing can begin.
        OSError: Likewise.
    """
    keys, job = settings.keys, settings.job
    found = photographs(keys.content, keys.recursive)
    written = {"manifest": str(job.manifest)}
    if job.keys["checkpoint"]:
        written["checkpoint"] = job.keys["checkpoint"]
    check_apart(written, _files(keys.content, found.photos))
    engine: Engine = build(keys.engine, "engine")
    with begun(job) as manifest:
        is_ours = _results(job.results, manifest)
        photos = [photo for photo in found.photos if not is_ours(photo.location)]
        skipped = sum(not is_ours(location) for location in found.skipped)
        if not photos:
            raise ValueError(
                f"content={keys.content} holds the results of this batch alone"
            )
        maps = bool(job.keys.get("find_maps"))
        stamps = {photo.location: _stamp(photo.location, maps) for photo in photos}
        requested = requests(photos, job.variants, settings.labels)
        work = left_to_do(job, manifest, requested, stamps)
        _check_places(job.results, work.items)
        batch = manifest.header["batch"]
        load = Painting(job.results, batch, os.getcwd(), job.variants, keys.keep_masks)
        stopped = paint_all(job, work, manifest, engine, load)
        more = f"{skipped} skipped" if skipped else ""
        return summed_up(job, work, manifest, stopped, more)


def requests(
    photos: Sequence[Photograph],
    variants: Sequence[Variant],
    labels: Mapping[str, str],
) -> Iterator[Request]:
    """Every photograph in every style; style by style, for a worker keeps but a few."""
    for variant in variants:
        for photo in photos:
            item = variant.item(photo.location)
            yield item, _names(photo, labels[variant.name], item.key)


def _names(photo: Photograph, label: str, key: str) -> Iterator[str]:
    """Names for a picture, the plainest first, the last its own for certain."""
    path = PurePosixPath(photo.name)
    yield _named(path, path.stem, label)
    yield _named(path, path.name.replace(".", "-"), label)
    yield _named(path, path.stem, f"{label}-{key}")


def _named(path: PurePosixPath, stem: str, end: str) -> str:
    """A name beside others, short enough for what is put behind it."""
    room = NAME_BYTES - len(os.fsencode(end))
    return str(path.with_name(f"{cut_to(room, stem) or '_'}_{end}"))


def _files(content: str, photos: Sequence[Photograph]) -> list[str]:
    """The photographs on this machine, and the lists that name them."""
    lists = (os.path.expanduser(part) for part in [content, *content.split(",")])
    return [*lists, *(photo.location for photo in photos if is_local(photo.location))]


def _results(results: Results, manifest: Manifest) -> Callable[[str], bool]:
    """Whether a location is that of a file that this batch has made."""
    names = [item.name for item in manifest.items.values()]
    ends = (".png", ".jpg", ".json")
    made = {f"{results.out}/{name}{end}" for name in names for end in ends}
    made |= {str(manifest.path), str(manifest.path.absolute())}
    masks = {f"{results.out}/{name}.masks" for name in names}

    def is_ours(location: str) -> bool:
        above, within, _ = location.partition(".masks/")
        return location in made or bool(within) and f"{above}.masks" in masks

    return is_ours


def _stamp(location: str, maps: bool) -> str:
    """Of a photograph, and of the map beside it where maps are looked for."""
    own = stamp(location)
    if not (own and maps and is_local(location)):
        return own
    return "+".join(filter(None, (own, stamp(str(beside(Source(location, "")))))))


def _check_places(results: Results, items: Sequence[Item]) -> None:
    """Refuse to put a picture where a photograph lies, by whatever path.

    Raises:
        ValueError: With the photograph.
    """
    if not is_local(results.out):
        return
    read = {os.path.realpath(each.content) for each in items if is_local(each.content)}
    for item in items:
        location = f"{results.out}/{item.name}.{results.suffix}"
        if os.path.realpath(location) in read:
            raise ValueError(
                f"'{location}' is to be painted and is read as a photograph; "
                "choose another out=FOLDER"
            )
