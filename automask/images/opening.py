"""Open a picture file by what it holds, and find the frame of it to show."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from automask.images.decoding import Decoded, PillowFile, decoding_errors
from automask.images.held_picture import HeldPicture
from automask.images.srgb import to_srgb
from automask.images.tiff_files import MAGICS, TiffFile
from automask.io.files import check_regular
from automask.io.held import held

log = logging.getLogger(__name__)

PictureFile = PillowFile | TiffFile | HeldPicture
# Of all that Pillow opens: no vector formats, which start other programs, and nothing
# that a photograph or a painting is never kept in.
FORMATS = (
    *("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM", "JPEG2000", "AVIF", "TGA", "PSD"),
    *("QOI", "DIB"),
)
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MAX_PIXELS = 1_000_000_000
MOST_FRAMES, MOST_FRAME_PIXELS = 40, 200_000_000  # looked at for one to show
GLANCE = 64  # px of the longer side of what is looked at
BLANK = 6  # codes between the darkest and the brightest of a blank sheet, noise and all


@contextmanager
def opened(path: str | Path) -> Iterator[PictureFile]:
    """A picture file whose header alone has been read, or a picture in memory.

    Raises:
        ValueError: If it is no picture of a known format, or no file at all.
        OSError: If it is missing or cannot be opened.
    """
    if isinstance(picture := held(path), HeldPicture):
        yield picture
        return
    if os.path.isdir(path):
        raise ValueError(f"'{path}' is a folder; give the picture file itself")
    check_regular(path)
    with open(path, "rb") as file, _pillow_silenced():
        magic = file.read(12)
        if not magic:
            raise ValueError(f"'{path}' is empty (0 bytes)")
        file.seek(0)
        found = _recognised(file, path, magic)
        width, height = found.size
        if not (width and height):
            raise ValueError(f"'{path}' is damaged: it says to be {width}x{height} px")
        if width * height > MAX_PIXELS:
            raise ValueError(
                f"'{path}' is too large: {width}x{height} px is "
                f"over {MAX_PIXELS // 10**6} megapixels; scale it down first"
            )
        yield found


def _recognised(file: BinaryIO, path: str | Path, magic: bytes) -> PictureFile:
    if magic.startswith(MAGICS):
        return TiffFile(file, path)
    formats = [*FORMATS]
    if magic[4:8] == b"ftyp" and magic[8:12] in HEIC:
        _register_heif(path)
        formats.append("HEIF")
    with decoding_errors(path):
        return PillowFile(Image.open(file, formats=formats), path)


def _register_heif(path: str | Path) -> None:
    """Let Pillow read HEIC; raise ValueError if the plugin for it is not there."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise ValueError(
            f"'{path}' is a HEIC picture: pip install 'automask[heic]' reads it, or "
            "save it as JPEG"
        ) from None
    register_heif_opener(thumbnails=False)


@contextmanager
def _pillow_silenced() -> Iterator[None]:
    """Its warnings say of metadata what it mends; how large is too large we say."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def first_not_blank(
    file: PictureFile, path: str | Path, target: tuple[int, int]
) -> Decoded:
    """The first frame or page that is not one colour all over; the first if all are.

    Args:
        file: At its first frame.
        path: Its name, for the warning.
        target: Width and height in px as stored that are wanted of it.

    Raises:
        ValueError: If the first frame cannot be decoded.
    """
    first = file.decode(target)
    if not _is_blank(first, path):
        return first
    most = min(MOST_FRAMES, MOST_FRAME_PIXELS // (first.size[0] * first.size[1]))
    try:
        for number in range(1, most):
            if not file.seek(number):
                break
            later = file.decode(target)
            if not _is_blank(later, path):
                blank = "frame or page" if number == 1 else f"{number} frames or pages"
                log.warning(
                    "the first %s of '%s' %s blank; number %d is painted",
                    *(blank, path, "is" if number == 1 else "are", number + 1),
                )
                return later
    except ValueError:  # what is there beyond the first is damaged
        pass
    return file.decode(target) if file.seek(0) else first


def _is_blank(picture: Decoded, path: str | Path) -> bool:
    """Whether a picture is one colour all over, as seen on white paper."""
    width, height = (max(1, GLANCE * s // max(picture.size)) for s in picture.size)
    glance = to_srgb(replace(picture, orientation=1), path, (width, height))
    return bool(np.ptp(glance.over_white(), axis=(1, 2)).max() * 255 < BLANK)
