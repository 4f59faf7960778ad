"""Open a picture file: of the kinds that are meant, by what it holds."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageFile

from automask.images import jpeg2000
from automask.images.decoding_memory import check_room
from automask.images.jpeg import KINDS, coefficient_bytes, is_cut, mended
from automask.images.raster import ORIENTATION, PictureFile, Raster, damage_named
from automask.images.tiff import MAGICS, TiffFile
from automask.io.files import check_regular
from automask.io.quiet import quiet_stderr

# Of all that Pillow opens: no vector formats, which start other programs, and nothing
# that a photograph or a painting is never kept in.
FORMATS = (
    *("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM", "JPEG2000", "AVIF", "TGA", "PSD"),
    *("QOI", "DIB"),
)
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
MAX_PIXELS = 1_000_000_000
# Bytes that reading a pixel takes, measured, where that is more than its picture.
DECODER = {"WEBP": 16, "AVIF": 10, "HEIF": 12, "JPEG2000": 20, "QOI": 8}
LATER = 16  # of an animation's frames but the first
STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # else 4
SPARE = 3  # px a side decoded for each final one, where less than all can be


class PillowFile:
    """A file that Pillow reads, at one of its frames.

    Args:
        picture: As opened.
        path: Its name, for messages.
    """

    def __init__(self, picture: ImageFile.ImageFile, path: str | Path) -> None:
        self.picture, self.path = picture, path
        # The raw mode, such as RGB;16B, stands here until the picture is loaded.
        self.deep = picture.format == "PNG" and ";16" in str(picture.tile)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px as stored."""
        return self.picture.size

    @property
    def orientation(self) -> int:
        """EXIF's, 1 to 8."""
        if self.picture.format == "PNG" and self.picture.tile:
            # It is not decoded yet, and may say so behind its pixels alone.
            stored = STORED.get(self.picture.mode, 4)
            check_room(self.path, self.size, _mebibytes(self.size, stored))
        with damage_named(self.path):
            found = self.picture.getexif().get(ORIENTATION, 1)
        return found if found in range(1, 9) else 1

    @property
    def several(self) -> bool:
        """Whether it is an animation."""
        try:
            with damage_named(self.path):
                return self.picture.format in ANIMATED and bool(
                    getattr(self.picture, "is_animated", False)
                )
        except ValueError:  # what is there beyond the first frame is damaged
            return False

    def go(self, number: int) -> bool:
        """Go to that frame of an animation."""
        check_room(self.path, self.size, _mebibytes(self.size, LATER))
        with damage_named(self.path):
            try:
                self.picture.seek(number)
            except EOFError:
                return False
        return True

    def decode(self, target: tuple[int, int] | None = None) -> Raster:
        """The frame; of a JPEG or JPEG 2000 no more px than are needed.

        Raises:
            ValueError: If it is damaged, or takes more memory than there is room for.
        """
        picture, whole = self.picture, self.size
        size = (SPARE * target[0], SPARE * target[1]) if target else whole
        with damage_named(self.path):
            picture.draft(picture.mode, size)
            decoded, kept = picture.size, float(coefficient_bytes(picture, whole))
            if picture.format == jpeg2000.KIND:
                decoded, kept = jpeg2000.scaled_down(picture, size)
            taken = _mebibytes(decoded, self._bytes_per_px()) + kept / 2**20
        check_room(self.path, whole, taken, target)
        with damage_named(self.path):
            if self.deep and not picture.tell():
                with quiet_stderr():
                    return _sixteen_bits(picture)
            try:
                picture.load()
            except OSError as error:
                if not (picture.format in KINDS and is_cut(error)):
                    raise
                self.picture = mended(picture, size, error, self.path)
        profile = self.picture.info.get("icc_profile")
        return Raster(self.picture, profile, self.orientation)

    def _bytes_per_px(self) -> float:
        if self.deep:
            return 8  # four channels of 16 bits
        if self.picture.tell():
            return LATER
        stored = STORED.get(self.picture.mode, 4)
        return DECODER.get(self.picture.format or "", stored)


@contextmanager
def opened(path: str | Path) -> Iterator[PictureFile]:
    """A picture file whose header alone has been read.

    Raises:
        ValueError: If it is no picture of a known format, or no file at all.
        OSError: If it is missing or cannot be opened.
    """
    if os.path.isdir(path):
        raise ValueError(f"'{path}' is a folder; give the picture file itself")
    check_regular(path)
    with open(path, "rb") as file, _pillow_hushed():
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
        formats += _heif(path)
    with damage_named(path):
        return PillowFile(Image.open(file, formats=formats), path)


def _heif(path: str | Path) -> list[str]:
    """Pillow's name of the format, once the plugin that reads it is there.

    Raises:
        ValueError: If it is not.
    """
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise ValueError(
            f"'{path}' is a HEIC picture: pip install 'automask[heic]' reads it, or "
            "save it as JPEG"
        ) from None
    register_heif_opener(thumbnails=False)
    return ["HEIF"]


def _sixteen_bits(picture: ImageFile.ImageFile) -> Raster:
    """A PNG in full, of which Pillow keeps 8 bits."""
    assert picture.fp is not None
    picture.fp.seek(0)
    # Pillow notices damage that OpenCV passes over, and finds all that is said of it.
    checked = Image.open(picture.fp, formats=["PNG"])
    orientation = checked.getexif().get(ORIENTATION, 1)
    checked.load()
    profile, clear = (checked.info.get(k) for k in ("icc_profile", "transparency"))
    del checked
    stored = np.memmap(picture.fp, np.uint8, "r")
    numbers = cv2.imdecode(stored, cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.dtype != np.uint16:
        raise ValueError("its pixels cannot be decoded")
    if numbers.ndim == 2:
        covered = [] if clear is None else [np.uint16(65535) * (numbers != clear)]
        numbers = np.stack([numbers, *covered], axis=-1)
    else:
        numbers = numbers[..., [2, 1, 0, 3][: numbers.shape[2]]]
    return Raster(numbers, profile, orientation)


def _mebibytes(size: tuple[int, int], bytes_per_px: float) -> float:
    return size[0] * size[1] * bytes_per_px / 2**20


@contextmanager
def _pillow_hushed() -> Iterator[None]:
    """Its warnings say of metadata what it mends; how large is too large we say."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
