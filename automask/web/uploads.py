"""Pictures and painted masks that are sent: looked at before they are decoded."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from starlette.exceptions import HTTPException

from automask.config import photograph
from automask.io.errors import known_line
from automask.io.files import write_bytes
from automask.web.limits import Limits
from automask.web.problems import missing, sentence, too_large, unusable
from automask.web.shown import SHOWN, upright
from automask.web.store import Store, Stored, StoredMask, new_id
from automask.web.words import SAMPLES

Kind = Literal["photo", "art"]
LEAST = 32  # px of the shorter side: smaller ones cannot be painted


def check_room(store: Store, limits: Limits) -> None:
    """Refuse more files than are kept at a time.

    Raises:
        HTTPException: If there are as many.
    """
    if len(store.pictures) + len(store.drawn) >= limits.files:
        raise too_large("Too many pictures are kept; delete some jobs.")


async def received(stream: AsyncIterator[bytes], store: Store) -> Path:
    """A body, in a file; nothing is left of one that is broken off."""
    place = store.incoming()
    try:
        with open(place, "xb") as file:
            async for chunk in stream:
                await asyncio.to_thread(file.write, chunk)
        if not place.stat().st_size:
            raise unusable("The body is empty.")
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return place


def taken_in(store: Store, limits: Limits, file: Path, name: str, kind: Kind) -> Stored:
    """A picture that was sent, in its place.

    Args:
        store: That takes it.
        limits: Of its pixels.
        file: With its bytes; it goes to its place, or is deleted.
        name: For showing.
        kind: What it was sent as.

    Raises:
        HTTPException: If it is no picture that can be painted.
    """
    from automask.images.opening import opened

    try:
        with opened(file) as found:
            width, height = found.size
            _check_pixels(width, height, limits)
            turned, suffix = found.orientation >= 5, _suffix(found)
        if min(width, height) < LEAST:
            raise unusable(
                f"The picture has {width}x{height} px; it needs at least {LEAST}."
            )
        small = upright(file, SHOWN)
        picture = Stored(
            id=new_id(),
            name=cleaned(name),
            width=height if turned else width,
            height=width if turned else height,
            kind=kind,
            file=f"picture{suffix}",
        )
        store.add_picture(file, picture)
        write_bytes(store.place("pictures", picture.id) / "shown.jpg", small)
        return picture
    except Exception as error:
        raise _told(error, file) from None
    finally:
        file.unlink(missing_ok=True)


def mask_taken_in(store: Store, limits: Limits, file: Path, picture: Stored) -> str:
    """The id of a painted mask that was sent, in its place.

    Raises:
        HTTPException: If it is no grey PNG of the picture's size.
    """
    from PIL import Image

    try:
        with Image.open(file, formats=["PNG"]) as mask:
            size = mask.size
            _check_pixels(*size, limits)
            if mask.mode != "L":
                raise unusable("A painted mask is a PNG with 8 bits of grey alone.")
            if size != (picture.width, picture.height):
                raise unusable(
                    f"The mask has {size[0]}x{size[1]} px and its picture "
                    f"{picture.width}x{picture.height}; both must be equal."
                )
            mask.load()
        made = StoredMask(id=new_id(), picture=picture.id)
        store.add_drawn(file, made)
        return made.id
    except Exception as error:
        raise _told(error, file, "PNG") from None
    finally:
        file.unlink(missing_ok=True)


def bundled_file(sample: str | None, style: str | None) -> Path:
    """The file of a picture that comes along.

    Raises:
        HTTPException: If there is none of that name.
    """
    if sample is not None and sample in SAMPLES:
        return Path(photograph(sample))
    if style is not None and style in (known := styles()):
        return Path(known[style]["image"])
    raise missing("picture")


def copied(file: Path, place: Path) -> Path:
    """A copy of a file that comes along."""
    shutil.copyfile(file, place)
    return place


@cache
def styles() -> dict[str, dict[str, str]]:
    """Image, title and source of each style that comes along."""
    from automask.cli.list_styles import known_styles
    from automask.config import register

    register()
    return known_styles()


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise too_large(
            f"The picture has {width}x{height} px; at most "
            f"{limits.pixels / 1e6:g} megapixels are taken."
        )


def _suffix(found: Any) -> str:
    """Of the format that the file has, whatever it is called."""
    form = getattr(getattr(found, "picture", None), "format", None) or "TIF"
    return {"JPEG": ".jpg", "MPO": ".jpg"}.get(form, f".{form.lower()}")


def cleaned(name: str) -> str:
    """A file's name for showing: without folders and what cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in last if c.isprintable()).strip()
    return clean[:80] or "picture"


def _told(error: Exception, file: Path, form: str = "") -> Exception:
    """A refusal that does not name our files."""
    if isinstance(error, HTTPException):
        return error
    from PIL import Image

    if isinstance(error, Image.UnidentifiedImageError | SyntaxError):
        return unusable(f"That is no {form or 'picture'}.")
    line = known_line(error)
    if line is None or form:
        return unusable(f"The {form or 'picture'} is damaged.")
    return unusable(sentence(line.replace(f"'{file}'", "the picture")))
