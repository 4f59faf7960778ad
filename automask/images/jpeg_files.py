"""JPEG and JPEG 2000: the memory they take, and files that lack their end."""

from __future__ import annotations

import logging
import os
from io import BytesIO
from typing import IO

import numpy as np
from PIL import Image, ImageFile

log = logging.getLogger(__name__)

JPEG, JPEG2000 = ("JPEG", "MPO"), "JPEG2000"  # as Pillow calls them
SCAN = 0xDA  # marker of the first scan
END = b"\xff\xd9"  # the marker that ends every JPEG
GREY = 128  # what libjpeg puts where data is missing
MOST_MISSING = 1 / 3  # of the rows, of a picture that is painted all the same

CODESTREAM = b"\xff\x4f\xff\x51"  # its first two markers
HEAD = 2**16  # bytes in which the codestream begins and says how it is coded
CODING_STYLE = 0x52  # marker
OWN_PRECINCTS = 1  # bit of the style: the sizes of precincts follow
BLOCK = 450  # bytes that OpenJPEG keeps for each code block or precinct, measured


def coefficient_bytes(picture: ImageFile.ImageFile) -> int:
    """Bytes that libjpeg keeps where a JPEG stores its picture in several passes.

    They are as many however small it is decoded.
    """
    layers = getattr(picture, "layer", ())
    if picture.format not in JPEG or not layers or picture.fp is None:
        return 0
    in_one_scan = _segment(picture.fp, 2, SCAN)[:1] == bytes([len(layers)])
    if in_one_scan and not picture.info.get("progressive"):
        return 0
    across = max(layer[1] for layer in layers)
    down = max(layer[2] for layer in layers)
    shares = sum(layer[1] * layer[2] for layer in layers) / (across * down)
    return int(picture.width * picture.height * shares * 2)


def completed(
    picture: ImageFile.ImageFile, size: tuple[int, int], error: OSError, path: object
) -> ImageFile.ImageFile:
    """A JPEG whose file lacks its end, with grey for what is missing.

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


def reduce_jpeg2000(
    picture: ImageFile.ImageFile, size: tuple[int, int]
) -> tuple[tuple[int, int], int]:
    """Let a JPEG 2000 be decoded at 1/2, 1/4, ..., as far as the file has it.

    Args:
        picture: Its header alone has been read.
        size: At least as large as which it is wanted, px.

    Returns:
        The size that it will have, and bytes that are needed however small that is.
    """
    levels, block = _coding_style(picture)
    width, height = picture.size
    times = min(width // max(1, size[0]), height // max(1, size[1]))
    halvings = min(levels, max(1, times).bit_length() - 1)
    picture.reduce = halvings  # type: ignore[method-assign, assignment]
    assert picture.fp is not None
    kept = os.fstat(picture.fp.fileno()).st_size
    kept += width * height * len(picture.getbands()) * BLOCK // block
    return (-(-width >> halvings), -(-height >> halvings)), kept


def _coding_style(picture: ImageFile.ImageFile) -> tuple[int, int]:
    """How often the file can be halved, and px of its smallest blocks or precincts."""
    assert picture.fp is not None
    before = picture.fp.tell()
    picture.fp.seek(0)
    start = picture.fp.read(HEAD).find(CODESTREAM)
    picture.fp.seek(before)
    style = _segment(picture.fp, start + 2, CODING_STYLE) if start >= 0 else b""
    if len(style) < 10:
        return 0, 1
    block = 1 << (style[6] % 16 + style[7] % 16 + 4)
    precincts = style[10:] if style[0] & OWN_PRECINCTS else b""
    return style[5], min([block, *(1 << (s % 16 + s // 16) for s in precincts)])


def _segment(file: IO[bytes], start: int, marker: int) -> bytes:
    """What stands under the first such marker from there on; nothing without one.

    Args:
        file: A JPEG, or a JPEG 2000.
        start: Where a marker stands that has a segment.
        marker: Its second byte.
    """
    before = file.tell()
    file.seek(start)
    found = b""
    while not found and len(head := file.read(4)) == 4:
        segment = file.read(max(0, int.from_bytes(head[2:]) - 2))
        found = segment if head[1] == marker else b""
    file.seek(before)
    return found
