"""What is kept stays bounded: old jobs go, and pictures that nobody names."""

from __future__ import annotations

import asyncio

from automask.web.events import ENDED
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.schemas import Job
from automask.web.store import Store

OFTEN = 30.0  # s between two looks
PREVIEWS = 20  # kept
JUST_NOW = 60.0  # s that a picture stays whatever the disk says


async def tidying(store: Store, jobs: Jobs, limits: Limits) -> None:
    """Look after the folder for ever."""
    while True:
        await tidy(store, jobs, limits)
        await asyncio.sleep(OFTEN)


async def tidy(store: Store, jobs: Jobs, limits: Limits) -> None:
    """Delete what is too old or too much, the oldest first."""
    previews = [job for job in _ended(store) if job.preview]
    finals = [job for job in _ended(store) if not job.preview]
    too_many = len(store.jobs) - len(previews) - limits.jobs
    for old in previews[:-PREVIEWS] + finals[: max(0, too_many)]:
        await jobs.delete(old.id)
    _delete_unused(store, limits.unused_seconds)
    while await asyncio.to_thread(store.size) > limits.disk:
        oldest = _ended(store)[:1]
        for job in oldest:
            await jobs.delete(job.id)
        if not _delete_unused(store, JUST_NOW) and not oldest:
            return  # the rest is in use


def _ended(store: Store) -> list[Job]:
    return [s.job for s in store.jobs.values() if s.job.state in ENDED]


def _delete_unused(store: Store, seconds: float) -> int:
    """Delete pictures and painted masks that no job and no draft names for so long."""
    drafts, used = store.draft_texts(), _used(store)
    named = {*used, *(id for id in [*store.drawn] if id in drafts)}
    used |= {store.drawn[id].picture for id in named if id in store.drawn}
    unused = [
        (kind, id)
        for kind in ("drawn", "pictures")
        for id in [*getattr(store, kind)]
        if id not in used and id not in drafts and store.age(kind, id) > seconds
    ]
    for kind, id in unused:
        store.forget(kind, id)
    return len(unused)


def _used(store: Store) -> set[str]:
    """Ids of pictures and painted masks that jobs name."""
    jobs = [stored.job for stored in store.jobs.values()]
    used = {each.id for job in jobs for each in (job.content, job.style)}
    sides = [side for job in jobs for side in (job.masks, job.style_masks)]
    return used | {w.drawn for side in sides for w in side.values() if w.drawn}
