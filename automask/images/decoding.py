"""What a file decodes to, decoding by Pillow, and the line that a damaged file gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from automask.images.decoding_memory import OVERSAMPLING, check_memory
from automask.images.jpeg_files import (
    JPEG,
    JPEG2000,
    coefficient_bytes,
    completed,
    reduce_jpeg2000,
)
from automask.io.quiet import quiet_stderr

ORIENTATION = 0x0112  # EXIF tag
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
# Bytes that reading a pixel takes, measured, where that is more than its picture.
DECODER = {"WEBP": 16, "AVIF": 10, "HEIF": 12, "JPEG2000": 20, "QOI": 8}
LATER = 16  # of an animation's frames but the first
DEEP = 8  # four channels of 16 bits
STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}  # else 4


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, not yet turned upright.

    Args:
        pixels: What Pillow made of it; or numbers that it cannot hold, (H, W, C) of
            16 or 32 bits or floats, C being 1 for grey, 3 for RGB, and one more where
            transparency, not multiplied in, comes last.
        profile: Its ICC profile, if it has one.
        orientation: EXIF's, 1 to 8; 1 is upright.
    """

    pixels: Image.Image | NDArray
    profile: bytes | None = None
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        if isinstance(self.pixels, np.ndarray):
            return self.pixels.shape[1], self.pixels.shape[0]
        return self.pixels.size


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
            check_memory(self.path, self.size, prod(self.size) * stored)
        with decoding_errors(self.path):
            found = self.picture.getexif().get(ORIENTATION, 1)
        return found if found in range(1, 9) else 1

    def seek(self, number: int) -> bool:
        """Go to that frame of an animation, from 0; False if there is none.

        Raises:
            ValueError: If the file is damaged, or takes more memory than is allowed.
        """
        if not self._is_animated():
            return False
        check_memory(self.path, self.size, prod(self.size) * LATER)
        with decoding_errors(self.path):
            try:
                self.picture.seek(number)
            except EOFError:
                return False
        return True

    def _is_animated(self) -> bool:
        try:
            with decoding_errors(self.path):
                return self.picture.format in ANIMATED and bool(
                    getattr(self.picture, "is_animated", False)
                )
        except ValueError:  # what is there beyond the first frame is damaged
            return False

    def decode(self, target: tuple[int, int] | None = None) -> Decoded:
        """The frame.

        Args:
            target: Width and height in px that are wanted of it: of a JPEG or
                JPEG 2000 no more px are decoded than are averaged for that.

        Raises:
            ValueError: If it is damaged, or takes more memory than is allowed.
        """
        picture, whole = self.picture, self.size
        size = (OVERSAMPLING * target[0], OVERSAMPLING * target[1]) if target else whole
        with decoding_errors(self.path):
            kept = coefficient_bytes(picture)
            picture.draft(picture.mode, size)
            decoded = picture.size
            if picture.format == JPEG2000:
                decoded, kept = reduce_jpeg2000(picture, size)
            taken = prod(decoded) * self._bytes_per_px() + kept
        check_memory(self.path, whole, taken, target)
        with decoding_errors(self.path):
            if self.deep and not picture.tell():
                with quiet_stderr():
                    return _sixteen_bits(picture)
            try:
                picture.load()
            except OSError as error:
                if picture.format not in JPEG or "truncated" not in str(error):
                    raise
                self.picture = completed(picture, size, error, self.path)
        profile = self.picture.info.get("icc_profile")
        return Decoded(self.picture, profile, self.orientation)

    def _bytes_per_px(self) -> int:
        if self.deep:
            return DEEP
        if self.picture.tell():
            return LATER
        stored = STORED.get(self.picture.mode, 4)
        return DECODER.get(self.picture.format or "", stored)


def _sixteen_bits(picture: ImageFile.ImageFile) -> Decoded:
    """A PNG in full, of which Pillow keeps 8 bits."""
    assert picture.fp is not None
    picture.fp.seek(0)
    # Pillow notices damage that OpenCV passes over, and finds all that is said of it.
    checked = Image.open(picture.fp, formats=["PNG"])
    orientation = checked.getexif().get(ORIENTATION, 1)
    checked.load()
    profile, clear = (checked.info.get(k) for k in ("icc_profile", "transparency"))
    del checked
    numbers = opencv_16_bits(np.memmap(picture.fp, np.uint8, "r"))
    if numbers.shape[2] == 1 and clear is not None:
        numbers = np.dstack([numbers, np.uint16(65535) * (numbers != clear)])
    return Decoded(numbers, profile, orientation)


def opencv_16_bits(encoded: NDArray[np.uint8]) -> NDArray:
    """(H, W, C) numbers as OpenCV decodes a file's bytes.

    Raises:
        ValueError: If it cannot, or finds other than 16 bits.
    """
    numbers = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.dtype != np.uint16:
        raise ValueError("its pixels cannot be decoded")
    if numbers.ndim == 2:
        return numbers[..., None]
    return numbers[..., [2, 1, 0, 3][: numbers.shape[2]]]


@contextmanager
def decoding_errors(path: str | Path) -> Iterator[None]:
    """Turn what decoders raise into one line about the file.

    Raises:
        ValueError: That says that the file is unknown or damaged.
        OSError: If the system could not read it.
    """
    try:
        yield
    except UnidentifiedImageError:
        raise ValueError(
            f"'{path}' is not a picture in a known format; save it as PNG or JPEG"
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # on broken files decoders raise whatever there is
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"'{path}' is damaged or incomplete: {reason}") from error
