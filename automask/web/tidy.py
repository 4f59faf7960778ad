"""What is kept stays bounded: old jobs go, and pictures that nobody names."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from automask.web.events import ENDED
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.store import Store

OFTEN = 10 * 60.0  # s between two looks at least
PREVIEWS = 20  # kept


async def tidying(store: Store, jobs: Jobs, limits: Limits) -> None:
    """Look after the folder whenever a job has ended, and from time to time."""
    while True:
        await tidy(store, jobs, limits)
        jobs.ended.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(OFTEN):
                await jobs.ended.wait()


async def tidy(store: Store, jobs: Jobs, limits: Limits) -> None:
    """Delete what is too old or too much."""
    ended = [s.job for s in store.jobs.values() if s.job.state in ENDED]
    previews = [job for job in ended if job.preview]
    finals = [job for job in ended if not job.preview]
    kept = max(0, limits.jobs - (len(store.jobs) - len(previews) - len(finals)))
    for old in previews[:-PREVIEWS] + finals[: max(0, len(finals) - kept)]:
        await jobs.delete(old.id)
    _delete_unused(store, limits.unused_seconds)
    while await asyncio.to_thread(store.size) > limits.disk:
        oldest = next(
            (s.job for s in store.jobs.values() if s.job.state in ENDED), None
        )
        if oldest is not None:
            await jobs.delete(oldest.id)
        if not _delete_unused(store, 60.0) and oldest is None:
            return


def _delete_unused(store: Store, seconds: float) -> int:
    """Delete pictures and painted masks that no job and no draft names for so long."""
    drafts = store.draft_texts()
    all_jobs = [stored.job for stored in store.jobs.values()]
    used = {each.id for job in all_jobs for each in (job.content, job.style)}
    masks = [m for job in all_jobs for m in (job.masks, job.style_masks)]
    used |= {wish.drawn for each in masks for wish in each.values() if wish.drawn}
    used |= {m.picture for id, m in store.drawn.items() if id in used or id in drafts}
    deleted = 0
    for kind in ("drawn", "pictures"):
        for id in [*getattr(store, kind)]:
            if id not in used and id not in drafts and store.age(kind, id) > seconds:
                store.forget(kind, id)
                deleted += 1
    return deleted
