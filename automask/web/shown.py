"""Pictures as browsers get them: upright, in sRGB, no larger than asked for.

No file is decoded in two threads at once: libraries share what they hush.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeVar

from automask.web.store import Store, Stored

T = TypeVar("T")
Form = Literal["JPEG", "PNG"]
SHOWN = 1600  # px of the longer side of the copy that is kept for showing
THUMBNAIL = 240  # px
WRITTEN: dict[Form, dict[str, int]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 3},
}

_decoding = ThreadPoolExecutor(1, "decoding")


async def decoded(make: Callable[..., T], *arguments: Any) -> T:
    """The outcome of a function that decodes pictures."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_decoding, make, *arguments)


def image(store: Store, picture: Stored, side: int | None) -> bytes:
    """JPEG of a picture, its longer side at most ``side`` px."""
    copy = store.place("pictures", picture.id) / "shown.jpg"
    longer = max(picture.width, picture.height)
    side = min(side or longer, longer)
    if side == min(longer, SHOWN):
        return copy.read_bytes()
    if side < SHOWN:
        return smaller(copy, side, "JPEG")
    return upright(store.picture_file(picture.id), side)


def thumbnail(file: Path) -> bytes:
    """JPEG of a picture that comes along."""
    return upright(file, THUMBNAIL)


def upright(file: Path, side: int) -> bytes:
    """JPEG of any picture, upright, in sRGB, on white.

    Raises:
        ValueError: If it is no picture, or damaged.
        OSError: If it cannot be read.
    """
    import numpy as np
    from PIL import Image

    from automask.images.opening import first_not_blank, opened
    from automask.images.srgb import to_srgb

    with opened(file) as found:
        width, height = within(*found.size, side)
        pixels = first_not_blank(found, file, (width, height))
        size = (height, width) if found.orientation >= 5 else (width, height)
        rgb = to_srgb(pixels, file, size).over_white()
    codes = (rgb * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return _written(Image.fromarray(np.ascontiguousarray(codes)), "JPEG")


def smaller(file: Path, side: int, form: Form = "PNG") -> bytes:
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
        size = (width, height)
        return _written(mask.resize(size, Image.Resampling.BILINEAR), "PNG")


def within(width: int, height: int, side: int | None) -> tuple[int, int]:
    """A size in px whose longer side is at most so long."""
    scale = min(1.0, (side or max(width, height)) / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _written(picture: Any, form: Form) -> bytes:
    file = BytesIO()
    picture.save(file, form, **WRITTEN[form])
    return file.getvalue()
