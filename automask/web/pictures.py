"""Pictures that are sent: looked at before they are decoded, shown upright in sRGB.

No file is decoded in two threads at once: libraries share what they hush.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeVar

from automask.config import photograph
from automask.io.errors import known_line
from automask.io.files import write_bytes
from automask.web.limits import Limits
from automask.web.problems import missing, sentence, too_large, unusable
from automask.web.store import Store, Stored, StoredMask, new_id
from automask.web.words import SAMPLES

T = TypeVar("T")
Kind = Literal["photo", "art"]
SHOWN = 1600  # px of the longer side of the copy that is kept for showing
THUMBNAIL = 240  # px
QUALITY = 90  # of JPEG
LEAST = 32  # px of the shorter side: smaller ones cannot be painted

_decoding = ThreadPoolExecutor(1, "decoding")


async def decoded(make: Callable[..., T], *arguments: Any) -> T:
    """The outcome of a function that decodes pictures."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_decoding, make, *arguments)


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
        small = _upright(file, SHOWN)
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


def image(store: Store, id: str, side: int | None) -> bytes:
    """JPEG of a picture, its longer side at most ``side`` px."""
    shown = store.place("pictures", id) / "shown.jpg"
    picture = store.pictures[id]
    longer = max(picture.width, picture.height)
    side = min(side or longer, longer)
    if side == min(longer, SHOWN) and shown.exists():
        return shown.read_bytes()
    if side <= SHOWN and shown.exists():
        return smaller(shown, side, "JPEG")
    return _upright(store.picture_file(id), side)


def thumbnail(file: Path) -> bytes:
    """JPEG of a picture that comes along."""
    return _upright(file, THUMBNAIL)


def smaller(file: Path, side: int, form: Literal["JPEG", "PNG"]) -> bytes:
    """A file of our own at a longer side of at most so many px."""
    from PIL import Image

    with Image.open(file) as picture:
        picture.thumbnail((side, side))
        return _written(picture, form)


def stretched(file: Path, width: int, height: int) -> bytes:
    """PNG of a mask of ours at that size, px."""
    from PIL import Image

    with Image.open(file) as mask:
        if mask.size == (width, height):
            return file.read_bytes()
        resized = mask.resize((width, height), Image.Resampling.BILINEAR)
        return _written(resized, "PNG")


def _upright(file: Path, side: int) -> bytes:
    """JPEG of any picture, upright, in sRGB, on white."""
    import numpy as np
    from PIL import Image

    from automask.images.opening import first_not_blank, opened
    from automask.images.srgb import to_srgb

    with opened(file) as found:
        width, height = found.size
        scale = min(1.0, side / max(width, height))
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        decoded = first_not_blank(found, file, (width, height))
        upright = (height, width) if found.orientation >= 5 else (width, height)
        rgb = to_srgb(decoded, file, upright).over_white()
    codes = (rgb * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return _written(Image.fromarray(np.ascontiguousarray(codes)), "JPEG")


def _written(picture: Any, form: Literal["JPEG", "PNG"]) -> bytes:
    file = BytesIO()
    more = {"quality": QUALITY} if form == "JPEG" else {"compress_level": 3}
    picture.save(file, form, **more)
    return file.getvalue()


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
    from starlette.exceptions import HTTPException

    if isinstance(error, HTTPException):
        return error
    from PIL import Image

    if isinstance(error, Image.UnidentifiedImageError | SyntaxError):
        return unusable(f"That is no {form or 'picture'}.")
    line = known_line(error)
    if line is None or form:
        return unusable(f"The {form or 'picture'} is damaged.")
    return unusable(sentence(line.replace(f"'{file}'", "the picture")))
