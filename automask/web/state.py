"""What the routes share: the store, the jobs and their limits, by FastAPI's Depends."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.problems import missing
from automask.web.schemas import Job
from automask.web.store import Store, Stored


async def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


async def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


async def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.settings.limits
    return limits


TheStore = Annotated[Store, Depends(_store)]
TheJobs = Annotated[Jobs, Depends(_jobs)]
TheLimits = Annotated[Limits, Depends(_limits)]


async def _picture(store: TheStore, id: str) -> Stored:
    if (found := store.pictures.get(id)) is None:
        raise missing("picture")
    store.touch(id)
    return found


async def _job(jobs: TheJobs, id: str) -> Job:
    return jobs.known(id)


ThePicture = Annotated[Stored, Depends(_picture)]
TheJob = Annotated[Job, Depends(_job)]
