"""The API's part on pictures that are sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from automask.web import answers, shown, uploads
from automask.web.limits import Limits
from automask.web.problems import wrong
from automask.web.schemas import Bundled, Picture, Side
from automask.web.state import TheLimits, ThePicture, TheStore
from automask.web.store import Store, Stored

router = APIRouter(tags=["pictures"])
Kind = Annotated[Literal["photo", "art"], Query(description="What it is sent as.")]
Name = Annotated[str, Query(max_length=1000, description="Of the file, for showing.")]
BINARY = {"schema": {"type": "string", "format": "binary"}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of a picture's file; or one that comes along.",
        "content": {
            "image/*": BINARY,
            "application/octet-stream": BINARY,
            "application/json": {"schema": Bundled.model_json_schema()},
        },
    }
}


@router.post("/pictures", status_code=201, summary="Send a picture", openapi_extra=BODY)
async def send(
    request: Request,
    store: TheStore,
    limits: TheLimits,
    name: Name = "",
    kind: Kind = "photo",
) -> Picture:
    """The body is the file itself, or JSON that names a picture that comes along."""
    uploads.check_room(store, limits)
    form = answers.form_of(request)
    if form == "application/json":
        return await _bundled(request, store, limits)
    if not form.startswith("image/") and form != "application/octet-stream":
        raise HTTPException(415, "Send a picture as image/* or octet-stream.")
    file = await uploads.received(request.stream(), store)
    return await shown.decoded(uploads.taken_in, store, limits, file, name, kind)


async def _bundled(request: Request, store: Store, limits: Limits) -> Stored:
    try:
        asked = Bundled.model_validate_json(await request.body())
    except (ValidationError, RecursionError):
        raise wrong('Send {"sample": name} or {"style": name}.') from None
    if (asked.sample is None) == (asked.style is None):
        raise wrong("Name either a sample or a style.")
    own = await shown.decoded(uploads.bundled_file, asked.sample, asked.style)
    file = await shown.decoded(uploads.copied, own, store.incoming())
    name, kind = asked.sample or asked.style, "photo" if asked.sample else "art"
    return await shown.decoded(uploads.taken_in, store, limits, file, name, kind)


@router.get("/pictures/{id}", summary="A picture that was sent")
async def picture(picture: ThePicture) -> Picture:
    """Its name and its size."""
    return picture


@router.get(
    "/pictures/{id}/image", responses=answers.JPEGS, summary="A picture for showing"
)
async def image(store: TheStore, picture: ThePicture, side: Side = None) -> Response:
    """JPEG, upright, its longer side at most ``side`` px."""
    return answers.image(await shown.decoded(shown.image, store, picture, side))
