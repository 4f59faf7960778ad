"""The API's part on jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from automask.web import answers, bundles
from automask.web.controls import checked, controls
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.problems import conflict, missing, wrong
from automask.web.schemas import Command, Job, JobWish, MaskWish, StyleMaskWish
from automask.web.store import Store

router = APIRouter()
Download = Annotated[bool, Query(description="Whether a browser saves it.")]
STREAM = "text/event-stream"
EVENTS: dict[Any, Any] = {
    200: {
        "content": {STREAM: {}},
        "description": "`event: job` with a Job, `event: gone` with its id.",
    }
}


@router.post("/jobs", status_code=202, tags=["jobs"], summary="Paint a picture")
async def submit(request: Request, wish: JobWish) -> Job:
    """It waits for its turn; `events` tell how far it is."""
    store, limits = _store(request), _limits(request)
    for id in (wish.content, wish.style):
        if id not in store.pictures:
            raise missing("picture")
    _check_masks(store, wish.content, wish.masks, limits)
    _check_masks(store, wish.style, wish.style_masks, limits)
    keys = checked(wish.keys, {each.key: each for each in controls(limits.side)})
    return _jobs(request).submit(wish, _sized(store, wish, keys, limits))


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


@router.get("/jobs", tags=["jobs"], summary="All jobs, the newest first")
async def jobs(request: Request, previews: bool = False) -> list[Job]:
    """Those that are done as well."""
    known = [stored.job for stored in _store(request).jobs.values()]
    return [job for job in reversed(known) if previews or not job.preview]


@router.get("/events", tags=["jobs"], responses=EVENTS, summary="Changes of all jobs")
async def all_events(request: Request) -> StreamingResponse:
    """First how each stands, then what changes."""
    work = _jobs(request)
    stream = work.changes.stream([*_store(request).jobs], work.find)
    return StreamingResponse(stream, media_type=STREAM)


@router.get("/jobs/{id}", tags=["jobs"], summary="A job")
async def job(request: Request, id: str) -> Job:
    """As it stands."""
    return _jobs(request).known(id)


@router.delete("/jobs/{id}", status_code=204, tags=["jobs"], summary="Forget a job")
async def delete(request: Request, id: str) -> Response:
    """It is cancelled, and its files are deleted."""
    await _jobs(request).delete(id)
    return Response(status_code=204)


@router.post("/jobs/{id}/cancel", tags=["jobs"], summary="Stop a job for good")
async def cancel(request: Request, id: str) -> Job:
    """What was painted of it is lost."""
    return await _jobs(request).cancel(id)


@router.post("/jobs/{id}/pause", tags=["jobs"], summary="Stop a job for a while")
async def pause(request: Request, id: str) -> Job:
    """Others go on meanwhile."""
    return await _jobs(request).pause(id)


@router.post("/jobs/{id}/resume", tags=["jobs"], summary="Go on with a job")
async def resume(request: Request, id: str) -> Job:
    """The picture is the same as without a pause."""
    return _jobs(request).resume(id)


@router.get("/jobs/{id}/events", tags=["jobs"], responses=EVENTS)
async def events(request: Request, id: str) -> StreamingResponse:
    """Changes of one job; the stream ends with it."""
    work = _jobs(request)
    work.known(id)
    return StreamingResponse(
        work.changes.stream([id], work.find, only=id), media_type=STREAM
    )


@router.get("/jobs/{id}/sofar.jpg", tags=["results"])
async def so_far(request: Request, id: str, step: int = 0) -> Response:
    """The picture so far; `step` is for browsers, which keep what they have seen."""
    _jobs(request).known(id)
    found = _jobs(request).so_far(id)
    if found is None:
        raise missing("picture so far")
    return answers.image(found, kept=False)


@router.get("/jobs/{id}/picture.png", tags=["results"])
async def png(request: Request, id: str, download: Download = False) -> Response:
    """The bytes that the command line writes."""
    file = _result(request, id, "picture.png")
    return answers.file(file, answers.PNG, "picture.png" if download else "")


@router.get("/jobs/{id}/picture.jpg", tags=["results"])
async def jpg(request: Request, id: str, download: Download = False) -> Response:
    """The same as JPEG."""
    file = _result(request, id, "picture.jpg")
    return answers.file(file, answers.JPEG, "picture.jpg" if download else "")


@router.get("/jobs/{id}/thumbnail.jpg", tags=["results"])
async def thumbnail(request: Request, id: str) -> Response:
    """At most 320 px."""
    return answers.file(_result(request, id, "thumbnail.jpg"), answers.JPEG)


@router.get("/jobs/{id}/run.json", tags=["results"])
async def record(request: Request, id: str, download: Download = False) -> Response:
    """Configuration, versions, masks, seconds."""
    name = "run.json" if download else ""
    return answers.file(_result(request, id, "run.json"), "application/json", name)


@router.get("/jobs/{id}/masks.zip", tags=["results"])
async def masks(request: Request, id: str) -> Response:
    """The masks that were used, of both pictures."""
    folder = _result(request, id, "masks")
    packed = await asyncio.to_thread(bundles.folder, folder)
    return answers.download(packed, answers.ZIP, "masks.zip")


@router.get("/jobs/{id}/bundle.zip", tags=["results"])
async def bundle(request: Request, id: str) -> Response:
    """All that it takes to paint the picture again elsewhere."""
    result = _result(request, id, "command.txt").parent
    files = bundles.job_files(_store(request), _jobs(request).known(id), result)
    packed = await asyncio.to_thread(bundles.packed, files)
    return answers.download(packed, answers.ZIP, "bundle.zip")


@router.get("/jobs/{id}/command", tags=["results"], summary="The command line")
async def command(request: Request, id: str) -> Command:
    """Paints the same bytes on this machine."""
    _result(request, id, "run.json")
    return Command(command=_jobs(request).known(id).command or "")


def _result(request: Request, id: str, name: str) -> Path:
    """A file of a job that is done."""
    found = _jobs(request).known(id)
    if found.state != "done":
        raise conflict(f"The job is {found.state}; it has no picture.")
    file = _store(request).place("jobs", id) / "result" / name
    if not file.exists():
        raise missing("file of this job")
    return file


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _jobs(request: Request) -> Jobs:
    work: Jobs = request.app.state.jobs
    return work


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits
