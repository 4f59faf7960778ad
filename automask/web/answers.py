"""Answers that are files: of a fixed type, under a name of ours, kept by browsers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

JPEG, PNG, ZIP = "image/jpeg", "image/png", "application/zip"
KEPT = {"cache-control": "private, max-age=31536000, immutable"}


def _file_of(kind: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {}}, "description": "A file."}}


JPEGS, PNGS, ZIPS = map(_file_of, (JPEG, PNG, ZIP))  # for OpenAPI


def form_of(request: Request) -> str:
    """The type that a body is said to be of."""
    said = request.headers.get("content-type", "")
    return said.partition(";")[0].strip().lower()


def image(content: bytes, kind: str = JPEG, kept: bool = True) -> Response:
    """A picture.

    Args:
        content: Of its file.
        kind: Its type.
        kept: Whether there will never be another one at this address.
    """
    return Response(content, media_type=kind, headers=KEPT if kept else None)


def file(path: Path, kind: str, download: str = "") -> Response:
    """A file; under a name if it is to be saved."""
    headers = dict(KEPT)
    if download:
        headers["content-disposition"] = f'attachment; filename="{download}"'
    return FileResponse(path, media_type=kind, headers=headers)


def download(content: bytes, kind: str, name: str) -> Response:
    """Something that a browser saves."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
