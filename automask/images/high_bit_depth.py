"""Pictures as numbers: of more than 8 bits, or floats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]
OVERSAMPLING = 3  # px a side kept for each final one when a big picture is averaged
STRIP = 2**22  # px converted at a time, so that no second copy of a big picture is made


def as_picture(numbers: NDArray, path: str | Path) -> Image.Image:
    """Pillow's picture of (H, W, C) numbers: grey in full, colours in 8 bits.

    Raises:
        ValueError: If floats leave [0, 1].
    """
    if numbers.dtype.kind == "f":
        check_range(numbers, path)
        numbers = (numbers * 65535).round().astype(np.uint16)
    if numbers.shape[2] == 1:
        whole = np.ascontiguousarray(numbers[..., 0])
        return Image.fromarray(
            whole if whole.dtype == np.uint16 else whole.astype("i4")
        )
    codes = (numbers >> 8 * (numbers.dtype.itemsize - 1)).astype(np.uint8)
    return Image.fromarray(codes)  # LA, RGB or RGBA by their number


def check_range(numbers: NDArray, path: str | Path) -> None:
    """Raise ValueError unless all floats lie in [0, 1]."""
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(
            f"'{path}' has float pixels from {numbers.min():g} to {numbers.max():g}, "
            "expected [0, 1]; save it with 8 or 16 bits"
        )


def grey_numbers(picture: Image.Image) -> NDArray:
    """(H, W) of 16 bits or floats, of whatever Pillow keeps as greys of more than 8."""
    numbers = np.asarray(picture)
    if picture.mode == "F":
        return numbers
    return numbers.clip(0, 65535).astype(np.uint16)


def averaged(numbers: NDArray, path: str | Path, target: tuple[int, int]) -> Pixels:
    """Floats in [0, 1] from whole numbers or floats, averaged to near the target."""
    if numbers.dtype.kind == "f":
        check_range(numbers, path)
    elif numbers.dtype.kind == "i":
        raise ValueError(
            f"'{path}' has signed whole numbers for pixels; save it with 8 bits each"
        )
    height, width = numbers.shape[:2]
    factor = spare((width, height), target)
    rows = max(1, STRIP // width // factor) * factor
    strips = (numbers[top : top + rows] for top in range(0, height, rows))
    return np.concatenate([_reduced(strip, factor) for strip in strips])


def _reduced(numbers: NDArray, factor: int) -> Pixels:
    """(h, w, C) as floats in [0, 1], each the mean of factor² px, by their cover."""
    full = np.iinfo(numbers.dtype).max if numbers.dtype.kind == "u" else 1
    floats = (numbers / np.float64(full)).astype(np.float32)
    if factor == 1:
        return floats
    has_cover = floats.shape[2] in (2, 4)
    if has_cover:
        floats[..., :-1] *= floats[..., -1:]
    planes = [Image.fromarray(plane).reduce(factor) for plane in _planes(floats)]
    means = np.stack([np.asarray(plane) for plane in planes], axis=-1)
    if has_cover:
        means[..., :-1] /= np.maximum(means[..., -1:], np.float32(1e-6))
    return means.clip(0, 1)


def _planes(numbers: NDArray) -> Iterator[NDArray]:
    for channel in range(numbers.shape[2]):
        yield np.ascontiguousarray(numbers[..., channel])


def spare(size: tuple[int, int], target: tuple[int, int]) -> int:
    """How many px a side can be averaged into one and still leave enough."""
    return max(
        1, min(s // (OVERSAMPLING * t) for s, t in zip(size, target, strict=True))
    )
