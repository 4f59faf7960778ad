"""The API's part on the server itself, and on the pictures that come along."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from automask import __version__
from automask.web import answers, shown, uploads
from automask.web.controls import controls
from automask.web.schemas import About, Bounds, Health, Shown
from automask.web.state import TheJobs, TheLimits
from automask.web.words import SAMPLES

router = APIRouter(tags=["server"])


@router.get("/health", summary="Whether the server can paint")
async def health(jobs: TheJobs) -> Health:
    """The worker is starting, ready, or busy."""
    return Health(ok=True, worker=jobs.supervisor.health)


@router.get("/about", summary="What there is to choose from")
async def about(request: Request, limits: TheLimits) -> About:
    """Pictures that come along, and the keys that a job can have."""
    base = request.url.path.removesuffix("/about")
    bounds = Bounds(
        bytes=limits.bytes,
        pixels=limits.pixels,
        jobs=limits.waiting,
        masks=limits.masks,
    )
    titles = {name: style["title"] for name, style in uploads.styles().items()}
    return About(
        version=__version__,
        limits=bounds,
        samples=_listed(f"{base}/samples", SAMPLES),
        styles=_listed(f"{base}/styles", titles),
        controls=controls(limits.side),
    )


def _listed(base: str, titles: dict[str, str]) -> list[Shown]:
    return [
        Shown(name=name, title=title, thumbnail=f"{base}/{name}.jpg")
        for name, title in titles.items()
    ]


@router.get("/{kind}/{name}.jpg", responses=answers.JPEGS, summary="A small picture")
async def thumbnail(kind: Literal["samples", "styles"], name: str) -> Response:
    """Of one that comes along."""
    given: Any = (name, None) if kind == "samples" else (None, name)
    file = await shown.decoded(uploads.bundled_file, *given)
    return answers.image(await shown.decoded(shown.thumbnail, file))
