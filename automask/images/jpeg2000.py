"""JPEG 2000 files: decoded no larger than needed, and what that takes."""

from __future__ import annotations

import os

from PIL import ImageFile

KIND = "JPEG2000"
START = b"\xff\x4f\xff\x51"  # of the codestream: its first two markers
HEAD = 2**16  # bytes in which the codestream begins and says how it is coded
CODING = b"\xff\x52"  # marker of the default coding style
OWN_PRECINCTS = 1  # bit of the style: the sizes of precincts follow
BLOCK = 450  # bytes that OpenJPEG keeps for each code block or precinct, measured


def scaled_down(
    picture: ImageFile.ImageFile, size: tuple[int, int]
) -> tuple[tuple[int, int], float]:
    """Let a picture be decoded at 1/2, 1/4, ..., as far as the file has it.

    Args:
        picture: Its header alone has been read.
        size: At least as large as which it is wanted, px.

    Returns:
        The size that it will have, and bytes that are needed however small that is.
    """
    levels, block = _coding(picture)
    width, height = picture.size
    times = min(width // max(1, size[0]), height // max(1, size[1]))
    halvings = min(levels, max(1, times).bit_length() - 1)
    picture.reduce = halvings  # type: ignore[method-assign, assignment]
    assert picture.fp is not None
    channels = len(picture.getbands())
    kept = os.fstat(picture.fp.fileno()).st_size
    kept += width * height * channels * BLOCK // block
    return (-(-width >> halvings), -(-height >> halvings)), kept


def _coding(picture: ImageFile.ImageFile) -> tuple[int, int]:
    """How often the file can be halved, and px of its smallest blocks or precincts."""
    assert picture.fp is not None
    before = picture.fp.tell()
    picture.fp.seek(0)
    head = picture.fp.read(HEAD)
    picture.fp.seek(before)
    place = head.find(START) + 2
    while place > 1 and (length := int.from_bytes(head[place + 2 : place + 4])):
        segment = head[place + 4 : place + 2 + length]
        if head[place : place + 2] == CODING and len(segment) >= 10:
            block = 1 << (segment[6] % 16 + segment[7] % 16 + 4)
            sizes = segment[10:] if segment[0] & OWN_PRECINCTS else b""
            return segment[5], min([block, *(1 << (s % 16 + s // 16) for s in sizes)])
        place += 2 + length
    return 0, 1
