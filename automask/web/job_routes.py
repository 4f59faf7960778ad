"""The API's part on jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from automask.web.controls import checked, controls
from automask.web.limits import Limits
from automask.web.problems import missing, wrong
from automask.web.schemas import Job, JobWish, MaskWish, StyleMaskWish
from automask.web.state import TheJob, TheJobs, TheLimits, TheStore
from automask.web.store import Store

router = APIRouter(tags=["jobs"])
STREAM = "text/event-stream"
EVENTS: dict[Any, Any] = {
    200: {
        "content": {STREAM: {}},
        "description": "`event: job` with a Job, `event: gone` with its id.",
    }
}


@router.post("/jobs", status_code=202, summary="Paint a picture")
async def submit(
    store: TheStore, jobs: TheJobs, limits: TheLimits, wish: JobWish
) -> Job:
    """It waits for its turn; `events` tell how far it is."""
    for id in (wish.content, wish.style):
        if id not in store.pictures:
            raise missing("picture")
    _check_masks(store, wish.content, wish.masks, limits)
    _check_masks(store, wish.style, wish.style_masks, limits)
    keys = checked(wish.keys, {each.key: each for each in controls(limits.side)})
    return jobs.submit(wish, _sized(store, wish, keys, limits))


def _check_masks(
    store: Store,
    picture: str,
    masks: Mapping[str, MaskWish] | Mapping[str, StyleMaskWish],
    limits: Limits,
) -> None:
    if len(masks) > limits.masks:
        raise wrong(f"A job has at most {limits.masks} masks a picture.")
    for name, mask in masks.items():
        if mask.drawn is None:
            continue
        if mask.drawn not in store.drawn:
            raise missing(f"painted mask of {name}")
        if store.drawn[mask.drawn].picture != picture:
            raise wrong(f"The mask of {name} was painted for another picture.")


def _sized(
    store: Store, wish: JobWish, keys: dict[str, Any], limits: Limits
) -> dict[str, Any]:
    """The keys with a size that is allowed."""
    photo = store.pictures[wish.content]
    side = keys.get("size")
    if side == "own" and max(photo.width, photo.height) > limits.side:
        raise wrong(f"size is at most {limits.side}, and the photograph is larger.")
    if not wish.preview:
        return keys
    own = max(photo.width, photo.height) if side == "own" else side
    size = min(own or limits.preview_side, limits.preview_side)
    return keys | {"size": size, "quality": "preview"}


@router.get("/jobs", summary="All jobs, the newest first")
async def listed(store: TheStore, previews: bool = False) -> list[Job]:
    """Those that are done as well."""
    known = [stored.job for stored in store.jobs.values()]
    return [job for job in reversed(known) if previews or not job.preview]


@router.get("/events", responses=EVENTS, summary="Changes of all jobs")
async def all_events(store: TheStore, jobs: TheJobs) -> StreamingResponse:
    """First how each stands, then what changes."""
    stream = jobs.changes.stream([*store.jobs], jobs.find)
    return StreamingResponse(stream, media_type=STREAM)


@router.get("/jobs/{id}", summary="A job")
async def job(job: TheJob) -> Job:
    """As it stands."""
    return job


@router.delete("/jobs/{id}", status_code=204, summary="Forget a job")
async def delete(jobs: TheJobs, id: str) -> Response:
    """It is cancelled, and its files are deleted."""
    await jobs.delete(id)
    return Response(status_code=204)


@router.post("/jobs/{id}/cancel", summary="Stop a job for good")
async def cancel(jobs: TheJobs, id: str) -> Job:
    """What was painted of it is lost."""
    return await jobs.cancel(id)


@router.post("/jobs/{id}/pause", summary="Stop a job for a while")
async def pause(jobs: TheJobs, id: str) -> Job:
    """Others go on meanwhile."""
    return await jobs.pause(id)


@router.post("/jobs/{id}/resume", summary="Go on with a job")
async def resume(jobs: TheJobs, id: str) -> Job:
    """The picture is the same as without a pause."""
    return jobs.resume(id)


@router.get("/jobs/{id}/events", responses=EVENTS, summary="Changes of a job")
async def events(jobs: TheJobs, job: TheJob) -> StreamingResponse:
    """Changes of one job; the stream ends with it."""
    stream = jobs.changes.stream([job.id], jobs.find, only=job.id)
    return StreamingResponse(stream, media_type=STREAM)
