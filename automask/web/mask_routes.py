"""The API's part on masks: found, painted, and those that two pictures share."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from automask.web import answers, shown, uploads
from automask.web.jobs import Jobs
from automask.web.problems import missing
from automask.web.schemas import Drawn, Mask, Pairing, Side
from automask.web.state import TheJobs, TheLimits, ThePicture, TheStore
from automask.web.store import Store, Stored
from automask.web.tasks import Pair, Search

router = APIRouter(tags=["masks"])
Art = Annotated[bool, Query(description="Whether it is the painting.")]
THUMBNAIL = 160  # px
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "PNG of 8 bits of grey, exactly of the picture's size.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/pictures/{id}/masks", summary="All masks of a picture")
async def masks(
    request: Request,
    store: TheStore,
    jobs: TheJobs,
    picture: ThePicture,
    art: Art = False,
) -> list[Mask]:
    """Waits until they are found; objects come before their parts."""
    folder = await _searched(store, jobs, picture, art)
    base, query = request.url.path, f"?art={str(art).lower()}"
    found = []
    for told in _told(folder):
        url = f"{base}/{quote(told['name'])}.png{query}"
        found.append(Mask(**told, url=url, thumbnail=f"{url}&side={THUMBNAIL}"))
    return found


@router.get(
    "/pictures/{id}/masks/{name}.png",
    responses=answers.PNGS,
    summary="A mask that was found",
)
async def mask(
    store: TheStore,
    jobs: TheJobs,
    picture: ThePicture,
    name: str,
    art: Art = False,
    side: Side = None,
) -> Response:
    """8 bits of grey, of the picture's own size or smaller."""
    folder = await _searched(store, jobs, picture, art)
    names = [each["name"] for each in _told(folder)]
    if name not in names:
        raise missing("mask")
    file = folder / f"{names.index(name)}.png"
    size = shown.within(picture.width, picture.height, side)
    stretched = await asyncio.to_thread(shown.stretched, file, *size)
    return answers.image(stretched, answers.PNG)


async def _searched(store: Store, jobs: Jobs, picture: Stored, art: bool) -> Path:
    """Folder of a picture's masks, once they are there."""
    place = store.place("pictures", picture.id)
    folder = place / f"masks-{'art' if art else 'photo'}"
    if not (folder / "masks.json").exists():
        file = str(store.picture_file(picture.id))
        task = Search(f"search {folder}", file, art, str(folder))
        await jobs.supervisor.result(task)
    return folder


def _told(folder: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads((folder / "masks.json").read_bytes())
    return told


@router.post(
    "/pictures/{id}/drawn",
    status_code=201,
    summary="Send a painted mask",
    openapi_extra=BODY,
)
async def send_drawn(
    request: Request, store: TheStore, limits: TheLimits, picture: ThePicture
) -> Drawn:
    """It is kept as it is; a job takes it by its id."""
    uploads.check_room(store, limits)
    if answers.form_of(request) not in ("image/png", "application/octet-stream"):
        raise HTTPException(415, "Send the mask as image/png.")
    file = await uploads.received(request.stream(), store)
    made = await shown.decoded(uploads.mask_taken_in, store, limits, file, picture)
    base = request.url.path.partition("/pictures/")[0]
    return Drawn(id=made, url=f"{base}/drawn/{made}.png")


@router.get("/drawn/{id}.png", responses=answers.PNGS, summary="A painted mask")
async def drawn(store: TheStore, id: str, side: Side = None) -> Response:
    """As it was sent, or smaller."""
    if id not in store.drawn:
        raise missing("mask")
    file = store.drawn_file(id)
    if side is None:
        return answers.file(file, answers.PNG)
    small = await asyncio.to_thread(shown.smaller, file, side)
    return answers.image(small, answers.PNG)


@router.get("/pairs", summary="Masks that both pictures show")
async def pairs(store: TheStore, jobs: TheJobs, content: str, style: str) -> Pairing:
    """As a run of the two would choose them."""
    if not {content, style} <= store.pictures.keys():
        raise missing("picture")
    files = (str(store.picture_file(id)) for id in (content, style))
    task = Pair(f"pair {content} {style}", *files)
    return Pairing.model_validate(await jobs.supervisor.result(task))
