"""What is left to do: the list of work, the manifest, and what lies in ``out``."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from automask import __version__
from automask.io.urls import content_sha256
from automask.jobs.items import (
    DONE,
    FAILED,
    PENDING,
    REPLACED,
    Item,
    Request,
    Variant,
    named,
)
from automask.jobs.manifest import Manifest
from automask.jobs.results import Results, identity_of


@dataclass(frozen=True)
class Job:
    """A batch or a sweep, as it was asked for.

    Args:
        kind: "batch" or "sweep".
        results: Where they go.
        manifest: Its file on this machine.
        variants: Configurations of the items.
        inherits: Whether what is painted with other settings replaces the result of the
            earlier ones; otherwise it gets another name.
        retry: Whether what failed earlier is tried again.
        fresh: Whether what was done earlier is forgotten.
        quiet: Whether to print failures alone.
        batch: What the records call it; None: digits of its own.
        keys: Settings that all items share.
    """

    kind: str
    results: Results
    manifest: Path
    variants: tuple[Variant, ...]
    inherits: bool = True
    retry: bool = False
    fresh: bool = False
    quiet: bool = False
    batch: str | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """What a batch or sweep is about.

    Args:
        items: All of them.
        pending: Those left to do.
        anew: How many of these were painted before, of other photographs or settings.
    """

    items: list[Item]
    pending: list[Item]
    anew: int


def left_to_do(
    job: Job,
    manifest: Manifest,
    requests: Iterable[Request],
    stamps: Mapping[str, str] | None = None,
) -> Work:
    """Bring the manifest up to date, and say which items are left to do.

    Args:
        job: What was asked for.
        manifest: Of an earlier start, or new.
        requests: Items without names.
        stamps: Of their photographs, where their keys do not stand for their content.
    """
    ours = {item.name for item in manifest.items.values()}
    _write_header(job, manifest)
    earlier = list(manifest.items.values())
    is_there = job.results.existing()

    def is_taken(name: str, key: str) -> bool:
        return (
            name not in ours
            and any(map(is_there, job.results.paths(name)))
            and identity_of(job.results, name)[:2] != (manifest.header["batch"], key)
        )

    items, anew = [], 0
    wanted = named(requests, earlier, is_taken, job.inherits)
    heirs = _replaced(wanted, earlier, manifest)
    for item in wanted:
        stamped = replace(item, stamp=(stamps or {}).get(item.content, ""))
        there = is_there(job.results.record(item.name))
        now = _as_it_is(job, manifest, stamped, there)
        before = manifest.items.get(item.key)
        if before and before.state != PENDING and now.state == PENDING:
            anew += now.stamp not in ("", before.stamp)
        elif now.state == PENDING:
            anew += item.key in heirs
        items.append(now)
    manifest.note(item for item in items if item != manifest.items.get(item.key))
    return Work(items, [item for item in items if item.state == PENDING], anew)


def _write_header(job: Job, manifest: Manifest) -> None:
    """Say in the manifest what the job is, unless it says so."""
    if job.fresh or not manifest.header:
        batch = job.batch or secrets.token_hex(8)
        manifest.begin({"automask": __version__, "batch": batch, "keys": job.keys})
    elif manifest.header.get("keys") != job.keys:
        manifest.go_on({"keys": job.keys})


def _replaced(
    items: Iterable[Item], earlier: Iterable[Item], manifest: Manifest
) -> set[str]:
    """End the items whose results are painted with other settings now.

    Returns:
        Keys of those that take their names over.
    """
    names = {item.name: item.key for item in items}
    gone = [i for i in earlier if names.get(i.name, i.key) != i.key]
    manifest.note(replace(item, state=REPLACED) for item in gone)
    return {names[item.name] for item in gone}


def _as_it_is(job: Job, manifest: Manifest, item: Item, there: bool) -> Item:
    """The item in its state by now.

    Args:
        job: What was asked for.
        manifest: With its state before.
        item: Pending, with the stamp of its photograph.
        there: Whether its record is there.
    """
    before = manifest.items.get(item.key)
    there = there and job.results.is_whole(item.name)
    if before is None and job.batch is None:
        return item
    if before is None or before.state == PENDING:
        # A kill may have come between its last file and the line that says so.
        whole = there and _holds(job, manifest, item)
        return replace(item, state=DONE) if whole else item
    if before.state == DONE and not there:
        return item  # someone has deleted it
    if before.state == FAILED and job.retry:
        return item
    if not item.stamp or item.stamp == before.stamp:
        return before  # what is gone cannot be painted anew
    same_map = item.stamp.partition("+")[2] == (before.stamp or "").partition("+")[2]
    if before.state == DONE and same_map and _holds(job, manifest, item):
        return replace(before, stamp=item.stamp)
    return item


def _holds(job: Job, manifest: Manifest, item: Item) -> bool:
    """Whether the result is there, and of the photograph as it is now."""
    found = identity_of(job.results, item.name)
    if found[:2] != (manifest.header["batch"], item.key):
        return False
    try:
        return not item.content or found.sha256 == content_sha256(item.content)
    except OSError:
        return False
