"""From what was asked for to a job, and from a job to what the worker does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from automask.web.schemas import Job, JobWish, MaskWish, StyleMaskWish
from automask.web.store import Store, new_id
from automask.web.tasks import Paint


def job_of(store: Store, wish: JobWish, keys: Mapping[str, Any]) -> Job:
    """A new job.

    Args:
        store: That has its pictures.
        wish: What was asked for.
        keys: Of the configuration, checked.
    """
    return Job(
        id=new_id(),
        state="waiting",
        preview=wish.preview,
        group=wish.group,
        label=wish.label,
        created=datetime.now(UTC).isoformat(),
        content=store.pictures[wish.content].shown,
        style=store.pictures[wish.style].shown,
        keys=dict(keys),
        masks=wish.masks,
        style_masks=wish.style_masks,
    )


def task_of(store: Store, job: Job) -> Paint:
    """What the worker does for a job."""
    weights = {name: each.weight for name, each in job.masks.items() if each.weight < 1}
    return Paint(
        id=job.id,
        content=str(store.picture_file(job.content.id)),
        style=str(store.picture_file(job.style.id)),
        folder=str(store.place("jobs", job.id)),
        keys={**job.keys, **({"masks.weights": weights} if weights else {})},
        masks=_drawn(store, job.masks),
        style_masks=_drawn(store, job.style_masks),
        preview=job.preview,
    )


def _drawn(
    store: Store, masks: Mapping[str, MaskWish] | Mapping[str, StyleMaskWish]
) -> dict[str, str]:
    """Files of painted masks by their names."""
    return {
        name: str(store.drawn_file(mask.drawn))
        for name, mask in masks.items()
        if mask.drawn
    }
