"""The API's part on what jobs have made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from automask.web import answers, bundles
from automask.web.problems import conflict, missing
from automask.web.schemas import Command, Job
from automask.web.state import TheJob, TheJobs, TheStore
from automask.web.store import Store

router = APIRouter(prefix="/jobs/{id}", tags=["results"])
Download = Annotated[bool, Query(description="Whether a browser saves it.")]


@router.get("/sofar.jpg", responses=answers.JPEGS, summary="The picture so far")
async def so_far(jobs: TheJobs, job: TheJob, step: int = 0) -> Response:
    """`step` is for browsers, which keep what they have seen."""
    found = jobs.so_far(job.id)
    if found is None:
        raise missing("picture so far")
    return answers.image(found, kept=False)


@router.get("/picture.png", responses=answers.PNGS, summary="The picture")
async def png(store: TheStore, job: TheJob, download: Download = False) -> Response:
    """The bytes that the command line writes."""
    file = _result(store, job, "picture.png")
    return answers.file(file, answers.PNG, "picture.png" if download else "")


@router.get("/picture.jpg", responses=answers.JPEGS, summary="The picture as JPEG")
async def jpg(store: TheStore, job: TheJob, download: Download = False) -> Response:
    """The bytes that the command line writes."""
    file = _result(store, job, "picture.jpg")
    return answers.file(file, answers.JPEG, "picture.jpg" if download else "")


@router.get("/thumbnail.jpg", responses=answers.JPEGS, summary="A small picture")
async def thumbnail(store: TheStore, job: TheJob) -> Response:
    """At most 320 px."""
    return answers.file(_result(store, job, "thumbnail.jpg"), answers.JPEG)


@router.get("/run.json", summary="The record of the run")
async def record(store: TheStore, job: TheJob, download: Download = False) -> Response:
    """Configuration, versions, masks, losses, seconds."""
    file = _result(store, job, "run.json")
    return answers.file(file, "application/json", "run.json" if download else "")


@router.get("/masks.zip", responses=answers.ZIPS, summary="The masks that were used")
async def masks(store: TheStore, job: TheJob) -> Response:
    """Of both pictures, each in grey and all in colour."""
    folder = _result(store, job, "masks")
    packed = await asyncio.to_thread(bundles.folder, folder)
    return answers.download(packed, answers.ZIP, "masks.zip")


@router.get("/bundle.zip", responses=answers.ZIPS, summary="All files of the job")
async def bundle(store: TheStore, job: TheJob) -> Response:
    """With a command that paints the same bytes where it is unpacked."""
    result = _result(store, job, "command.txt").parent
    files = bundles.job_files(store, job, result)
    packed = await asyncio.to_thread(bundles.packed, files)
    return answers.download(packed, answers.ZIP, "bundle.zip")


@router.get("/command", summary="The command line")
async def command(store: TheStore, job: TheJob) -> Command:
    """Paints the same bytes on this machine."""
    _result(store, job, "run.json")
    return Command(command=job.command or "")


def _result(store: Store, job: Job, name: str) -> Path:
    """A file of a job that is done."""
    if job.state != "done":
        raise conflict(f"The job is {job.state}; it has no picture.")
    file = store.place("jobs", job.id) / "result" / name
    if not file.exists():
        raise missing("file of this job")
    return file
