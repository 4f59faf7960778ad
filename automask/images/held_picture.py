"""A picture in memory, which is read as a picture file is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from automask.images.decoding import Decoded, decoding_errors

PALETTES = ("P", "PA")


@dataclass(frozen=True, eq=False)
class HeldPicture:
    """A picture in memory.

    Args:
        pixels: Upright, as ``Decoded`` has them.
        label: What messages call it.
        profile: Its ICC profile, if it has one.
    """

    pixels: Image.Image | NDArray
    label: str
    profile: bytes | None = field(default=None, repr=False)
    orientation = 1

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal, of the pixels' bytes, row by row."""
        return hashlib.sha256(self.pixels.tobytes()).hexdigest()

    @property
    def name(self) -> str:
        """That stands for it in a configuration: its size and its SHA-256."""
        width, height = self.size
        return f"memory:{width}x{height}:{self.sha256}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return Decoded(self.pixels).size

    def decode(self, target: tuple[int, int] | None = None) -> Decoded:
        """The pixels; no fewer of them for a small target."""
        return Decoded(self.pixels, self.profile)

    def seek(self, number: int) -> bool:
        """False: there is one frame."""
        return False


def held_image(image: Image.Image, label: str) -> HeldPicture:
    """A picture of Pillow's, turned upright as its EXIF data say.

    Raises:
        ValueError: If it cannot be decoded, or holds no pixels.
    """
    with decoding_errors(label):
        upright = ImageOps.exif_transpose(image)
    if upright.mode in PALETTES:
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    _check_any(upright.size, label)
    return HeldPicture(upright, label, image.info.get("icc_profile"))


def held_array(array: NDArray, label: str) -> HeldPicture:
    """Rows of pixels: (H, W) or (H, W, 1) grey, (H, W, 3) RGB, (H, W, 4) RGBA.

    Args:
        array: Booleans, uint8, or floats in [0, 1]; alpha is not multiplied in.
        label: What messages call it.

    Raises:
        ValueError: If the shape, the type or a value is another.
    """
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ValueError(
            f"{label} must be (H, W, 3), of a tensor (3, H, W), "
            f"got {tuple(array.shape)}"
        )
    _check_any(array.shape[1::-1], label)
    if array.dtype == bool:
        array = array * np.uint8(255)
    if array.dtype == np.uint8:
        codes = np.array(array[..., 0] if array.shape[2] == 1 else array)
        return HeldPicture(Image.fromarray(codes), label)
    if array.dtype.kind != "f":
        raise ValueError(
            f"{label} must be uint8 or floats in [0, 1], got {array.dtype}"
        )
    if not (array.min() >= 0 and array.max() <= 1):  # NaN fails as well
        raise ValueError(
            f"{label} must lie in [0, 1], got {array.min():g} to {array.max():g}; "
            "colours up to 255 are uint8"
        )
    return HeldPicture(np.array(array, np.float32, order="C"), label)


def _check_any(size: tuple[int, ...], label: str) -> None:
    if not all(size):
        raise ValueError(f"{label} has no pixels: it is {size[0]}x{size[1]} px")
