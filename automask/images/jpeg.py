"""JPEG files: what decoding them takes, and those that lack their end."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import IO

import numpy as np
from PIL import Image, ImageFile

log = logging.getLogger(__name__)

KINDS = ("JPEG", "MPO")
END = b"\xff\xd9"  # the marker that ends every JPEG
SCAN = 0xDA  # marker of the first scan
GREY = 128  # what libjpeg puts where data is missing
MOST_MISSING = 1 / 3  # of the rows, of a picture that is painted all the same


def coefficient_bytes(picture: ImageFile.ImageFile, size: tuple[int, int]) -> int:
    """Bytes that libjpeg keeps where a file tells its picture in several passes.

    Args:
        picture: Its header alone has been read.
        size: Its width and height in px, however small it is decoded.
    """
    layers = getattr(picture, "layer", ())
    if picture.format not in KINDS or not layers or picture.fp is None:
        return 0
    if not picture.info.get("progressive") and _first_scan(picture.fp) == len(layers):
        return 0
    across = max(layer[1] for layer in layers)
    down = max(layer[2] for layer in layers)
    shares = sum(layer[1] * layer[2] for layer in layers) / (across * down)
    return int(size[0] * size[1] * shares * 2)


def _first_scan(file: IO[bytes]) -> int:
    """Number of channels in the first scan; 0 if there is none."""
    before = file.tell()
    file.seek(2)
    try:
        while len(marker := file.read(4)) == 4:
            if marker[1] == SCAN:
                return file.read(1)[0]
            file.seek(max(0, int.from_bytes(marker[2:]) - 2), 1)
        return 0
    finally:
        file.seek(before)


def is_cut(error: OSError) -> bool:
    """Whether a decoder says that the file ends too early."""
    return "truncated" in str(error)


def mended(
    picture: ImageFile.ImageFile, size: tuple[int, int], error: OSError, path: object
) -> ImageFile.ImageFile:
    """A picture whose file lacks its end, with grey for what is missing.

    Args:
        picture: That could not be loaded.
        size: At least as large as which it is wanted, px.
        error: What loading it said.
        path: Its file, for the warning.

    Raises:
        OSError: The same, if too much is missing.
    """
    assert picture.fp is not None
    picture.fp.seek(0)
    whole = Image.open(BytesIO(picture.fp.read() + END), formats=["JPEG"])
    whole.draft(picture.mode, size)
    whole.load()
    missing = _grey_rows(whole) / whole.height
    if missing > MOST_MISSING:
        raise error
    log.warning(
        "'%s' lacks its end%s; it is painted as it is",
        *(path, f": the last {missing:.0%} of its rows are grey" if missing else ""),
    )
    return whole


def _grey_rows(picture: Image.Image) -> int:
    """Rows at the bottom that are nothing but grey."""
    codes = np.asarray(picture.convert("RGB"), np.int16)
    plain = abs(codes - GREY).max(axis=(1, 2)) <= 1
    return int(np.argmin(plain[::-1])) if not plain.all() else len(plain)
