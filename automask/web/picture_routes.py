"""The API's part on pictures and their masks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from automask import __version__
from automask.web import answers, pictures
from automask.web.controls import controls
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.problems import missing, too_large, unusable, wrong
from automask.web.schemas import (
    About,
    Bounds,
    Bundled,
    Drawn,
    Health,
    Mask,
    Pairing,
    Picture,
    Shown,
)
from automask.web.store import Store, Stored
from automask.web.tasks import Pair, Search
from automask.web.words import SAMPLES

router = APIRouter()
Side = Annotated[int | None, Query(ge=16, le=16384, description="Longer side, px.")]
Art = Annotated[bool, Query(description="Whether it is the painting.")]
Name = Annotated[str, Query(max_length=1000, description="Of the file, for showing.")]
MASK_THUMBNAIL = 160  # px
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of a picture's file; or one that comes along.",
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"}
            },
            "application/json": {"schema": Bundled.model_json_schema()},
        },
    }
}
MASK_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "PNG of 8 bits of grey, exactly of the picture's size.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}
IMAGE: dict[Any, Any] = {200: {"content": {"image/jpeg": {}}, "description": "JPEG."}}
GREY: dict[Any, Any] = {200: {"content": {"image/png": {}}, "description": "PNG."}}


@router.get("/health", tags=["server"], summary="Whether the server can paint")
async def health(request: Request) -> Health:
    """The worker is starting, ready, or busy."""
    return Health(ok=True, worker=_jobs(request).health)


@router.get("/about", tags=["server"], summary="What there is to choose from")
async def about(request: Request) -> About:
    """Pictures that come along, and the keys that a job can have."""
    limits = _limits(request)
    base = request.url.path.removesuffix("/about")
    return About(
        version=__version__,
        limits=Bounds(
            bytes=limits.bytes,
            pixels=limits.pixels,
            jobs=limits.waiting,
            masks=limits.masks,
        ),
        samples=[
            Shown(name=name, title=title, thumbnail=f"{base}/samples/{name}.jpg")
            for name, title in SAMPLES.items()
        ],
        styles=[
            Shown(
                name=name, title=style["title"], thumbnail=f"{base}/styles/{name}.jpg"
            )
            for name, style in pictures.styles().items()
        ],
        controls=controls(limits.side),
    )


@router.get("/{kind}/{name}.jpg", tags=["server"], responses=IMAGE)
async def bundled_thumbnail(kind: Literal["samples", "styles"], name: str) -> Response:
    """A small picture of one that comes along."""
    given = (name, None) if kind == "samples" else (None, name)
    file = await pictures.decoded(pictures.bundled_file, *given)
    return answers.image(await pictures.decoded(pictures.thumbnail, file))


@router.post(
    "/pictures",
    status_code=201,
    tags=["pictures"],
    summary="Send a picture",
    openapi_extra=BODY,
)
async def send_picture(
    request: Request, name: Name = "", kind: Literal["photo", "art"] = "photo"
) -> Picture:
    """The body is the file itself, or JSON that names a picture that comes along."""
    store, limits = _store(request), _limits(request)
    _check_room(store, limits)
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form == "application/json":
        return await _bundled(request, store, limits)
    if not form.startswith("image/") and form != "application/octet-stream":
        raise HTTPException(415, "Send a picture as image/* or octet-stream.")
    file = await _received(request, store)
    return await pictures.decoded(pictures.taken_in, store, limits, file, name, kind)


async def _bundled(request: Request, store: Store, limits: Limits) -> Picture:
    try:
        asked = Bundled.model_validate_json(await request.body())
    except (ValidationError, RecursionError):
        raise wrong('Send {"sample": name} or {"style": name}.') from None
    if (asked.sample is None) == (asked.style is None):
        raise wrong("Name either a sample or a style.")
    own = await pictures.decoded(pictures.bundled_file, asked.sample, asked.style)
    file = await pictures.decoded(pictures.copied, own, store.incoming())
    name = asked.sample or asked.style
    kind = "photo" if asked.sample else "art"
    return await pictures.decoded(pictures.taken_in, store, limits, file, name, kind)


@router.get("/pictures/{id}", tags=["pictures"], summary="A picture that was sent")
async def picture(request: Request, id: str) -> Picture:
    """Its name and its size."""
    return _picture(request, id)


@router.get("/pictures/{id}/image", tags=["pictures"], responses=IMAGE)
async def image(request: Request, id: str, side: Side = None) -> Response:
    """JPEG, upright, for showing."""
    _picture(request, id)
    return answers.image(
        await pictures.decoded(pictures.image, _store(request), id, side)
    )


@router.get("/pictures/{id}/masks", tags=["masks"], summary="All masks of a picture")
async def masks(request: Request, id: str, art: Art = False) -> list[Mask]:
    """Waits until they are found; objects come before their parts."""
    folder = await _searched(request, id, art)
    base = request.url.path
    told = json.loads((folder / "masks.json").read_bytes())
    query = f"?art={str(art).lower()}"
    return [
        Mask(
            **mask,
            url=(url := f"{base}/{quote(mask['name'])}.png{query}"),
            thumbnail=f"{url}&side={MASK_THUMBNAIL}",
        )
        for mask in told
    ]


@router.get("/pictures/{id}/masks/{name}.png", tags=["masks"], responses=GREY)
async def mask(
    request: Request, id: str, name: str, art: Art = False, side: Side = None
) -> Response:
    """A mask that was found, as 8 bits of grey."""
    folder, own = await _searched(request, id, art), _picture(request, id)
    names = [each["name"] for each in json.loads((folder / "masks.json").read_bytes())]
    if name not in names:
        raise missing("mask")
    file = folder / f"{names.index(name)}.png"
    longer = max(own.width, own.height)
    scale = min(1.0, (side or longer) / longer)
    size = (max(1, round(each * scale)) for each in (own.width, own.height))
    return answers.image(
        await asyncio.to_thread(pictures.stretched, file, *size), answers.PNG
    )


@router.post(
    "/pictures/{id}/drawn",
    status_code=201,
    tags=["masks"],
    summary="Send a painted mask",
    openapi_extra=MASK_BODY,
)
async def send_drawn(request: Request, id: str) -> Drawn:
    """It is kept as it is; a job takes it by its id."""
    store, limits, own = _store(request), _limits(request), _picture(request, id)
    _check_room(store, limits)
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form not in ("image/png", "application/octet-stream"):
        raise HTTPException(415, "Send the mask as image/png.")
    file = await _received(request, store)
    made = await pictures.decoded(pictures.mask_taken_in, store, limits, file, own)
    base = request.url.path.partition("/pictures/")[0]
    return Drawn(id=made, url=f"{base}/drawn/{made}.png")


@router.get("/drawn/{id}.png", tags=["masks"], responses=GREY)
async def drawn(request: Request, id: str, side: Side = None) -> Response:
    """A painted mask."""
    store = _store(request)
    if id not in store.drawn:
        raise missing("mask")
    file = store.drawn_file(id)
    if side is None:
        return answers.file(file, answers.PNG)
    small = await asyncio.to_thread(pictures.smaller, file, side, "PNG")
    return answers.image(small, answers.PNG)


@router.get("/pairs", tags=["masks"], summary="Masks that both pictures show")
async def pairs(request: Request, content: str, style: str) -> Pairing:
    """As a run of the two would choose them."""
    store = _store(request)
    for id in (content, style):
        _picture(request, id)
    files = (str(store.picture_file(id)) for id in (content, style))
    task = Pair(f"pair {content} {style}", *files)
    return Pairing.model_validate(await _jobs(request).search(task))


async def _searched(request: Request, id: str, art: bool) -> Path:
    """Folder of a picture's masks, once they are there."""
    _picture(request, id)
    store = _store(request)
    store.touch(id)
    folder = store.place("pictures", id) / f"masks-{'art' if art else 'photo'}"
    if not (folder / "masks.json").exists():
        file = str(store.picture_file(id))
        task = Search(f"search {folder}", file, art, str(folder))
        await _jobs(request).search(task)
    return folder


async def _received(request: Request, store: Store) -> Path:
    """The body, in a file; nothing is left of one that is broken off."""
    place = store.incoming()
    try:
        with open(place, "xb") as file:
            async for chunk in request.stream():
                await asyncio.to_thread(file.write, chunk)
        if not place.stat().st_size:
            raise unusable("The body is empty.")
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return place


def _check_room(store: Store, limits: Limits) -> None:
    if len(store.pictures) + len(store.drawn) >= limits.files:
        raise too_large("Too many pictures are kept; delete some jobs.")


def _picture(request: Request, id: str) -> Stored:
    found = _store(request).pictures.get(id)
    if found is None:
        raise missing("picture")
    return found


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits
