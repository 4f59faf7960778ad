"""A picture as decoded, and the one line that a damaged file gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

ORIENTATION = 0x0112  # EXIF tag


@dataclass(frozen=True)
class Raster:
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


class PictureFile(Protocol):
    """A file whose header alone has been read."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px as stored."""

    @property
    def orientation(self) -> int:
        """EXIF's, 1 to 8."""

    def decode(self, target: tuple[int, int] | None = None) -> Raster:
        """All of it, or at least three px for each of ``target``, width and height."""

    @property
    def several(self) -> bool:
        """Whether it has more than one frame, or page of the first one's size."""

    def go(self, number: int) -> bool:
        """Go to that frame or page, from 0; False if there is none."""


@contextmanager
def damage_named(path: str | Path) -> Iterator[None]:
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
