"""The application: guards around the API and the page's files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from automask import __version__
from automask.web import (
    about_routes,
    draft_routes,
    job_routes,
    mask_routes,
    picture_routes,
    result_routes,
)
from automask.web.events import Changes
from automask.web.guards import Bounded, Guarded, Headed
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.problems import sentence
from automask.web.schemas import Problem
from automask.web.store import Store
from automask.web.tidy import tidying

USUAL = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address does not take that method.",
    "There was an error parsing the body": "The body is no JSON that can be read.",
}
"""What the libraries say, as sentences."""
PAGE = Path(__file__).parent / "page"
API = "/api/v1"
ROUTES = (
    about_routes,
    picture_routes,
    mask_routes,
    job_routes,
    result_routes,
    draft_routes,
)
ABOUT = """\
Send two pictures, have masks of both found, and a picture painted in the style of one \
of the other. Ids are random; errors are one sentence in `detail`."""


@dataclass(frozen=True)
class Settings:
    """What an application serves.

    Args:
        folder: Of all that it keeps.
        hosts: Names with port that it answers to.
        token: That requests must show; empty: none.
        limits: Of what it takes.
        changes: Of its jobs; closed, so that streams of events end.
    """

    folder: Path
    hosts: frozenset[str]
    token: str = ""
    limits: Limits = Limits()
    changes: Changes = field(default_factory=Changes)


def application(settings: Settings) -> ASGIApp:
    """The page, its API and their guards.

    Raises:
        OSError: If the folder cannot be read or written.
    """
    store = Store(settings.folder)
    store.load()
    app = FastAPI(
        title="automask",
        version=__version__,
        description=ABOUT,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        responses={"4XX": {"model": Problem}, "503": {"model": Problem}},
    )
    app.state.settings, app.state.store = settings, store
    for routes in ROUTES:
        app.include_router(routes.router, prefix=API)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misfit)
    app.add_exception_handler(Exception, _fault)
    app.mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False))
    bounded = Bounded(app, settings.limits)
    return Headed(Guarded(bounded, settings.hosts, settings.token))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    store: Store = app.state.store
    jobs = app.state.jobs = Jobs(store, settings.limits, settings.changes)
    jobs.open()
    tasks = [
        asyncio.create_task(work)
        for work in (jobs.supervisor.watch(), tidying(store, jobs, settings.limits))
    ]
    try:
        yield
    finally:
        jobs.supervisor.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _refused(request: Request, error: Any) -> Response:
    said = USUAL.get(error.detail, str(error.detail))
    answer = {"detail": sentence(said)}
    return JSONResponse(answer, error.status_code, error.headers)


async def _misfit(request: Request, error: Any) -> Response:
    """One sentence on the first thing that is not as documented."""
    first = error.errors()[0]
    place = ".".join(str(each)[:40] for each in first["loc"] if each != "body")
    said = str(first["msg"]).removeprefix("Value error, ").replace("\n", " ")[:200]
    line = f"in {place}: {said}" if place else said
    return JSONResponse({"detail": sentence(line)}, 422)


async def _fault(request: Request, error: Exception) -> Response:
    line = f"The server failed ({type(error).__name__}); its terminal may say more."
    return JSONResponse({"detail": line}, 500)
