"""Big pictures averaged to near their final size, without a second copy of all px."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automask.images.decoding_memory import OVERSAMPLING

Floats = NDArray[np.float32]
STRIP = 2**22  # px averaged at a time


def reduction(size: tuple[int, int], target: tuple[int, int]) -> int:
    """How many px a side can be averaged into one and still leave enough."""
    sides = zip(size, target, strict=True)
    return max(1, min(s // (OVERSAMPLING * t) for s, t in sides))


def converted(
    picture: Image.Image, mode: str, path: str | Path, factor: int = 1
) -> Image.Image:
    """In another mode, factor² px averaged into one, without a copy of all of it.

    Raises:
        ValueError: If the mode is unknown.
    """
    if factor == 1 and picture.mode == mode:
        return picture
    width, height = picture.size
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = max(1, STRIP // width // factor) * factor
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(top + rows, height)))
        try:
            reduced = strip.convert(mode).reduce(factor)
        except ValueError as error:
            raise ValueError(
                f"'{path}' has colours of a kind that is not read ({picture.mode}: "
                f"{error}); save it as RGB"
            ) from error
        small.paste(reduced, (0, top // factor))
    return small


def averaged(numbers: NDArray, path: str | Path, target: tuple[int, int]) -> Floats:
    """Floats in [0, 1] from whole numbers or floats, averaged to near the target."""
    if numbers.dtype.kind == "f":
        check_range(numbers, path)
    elif numbers.dtype.kind == "i":
        raise ValueError(
            f"'{path}' has signed whole numbers for pixels; save it with 8 bits each"
        )
    height, width = numbers.shape[:2]
    factor = reduction((width, height), target)
    rows = max(1, STRIP // width // factor) * factor
    strips = (numbers[top : top + rows] for top in range(0, height, rows))
    return np.concatenate([_reduced(strip, factor) for strip in strips])


def check_range(numbers: NDArray, path: str | Path) -> None:
    """Raise ValueError unless all floats lie in [0, 1]."""
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(
            f"'{path}' has float pixels from {numbers.min():g} to {numbers.max():g}, "
            "expected [0, 1]; save it with 8 or 16 bits"
        )


def _reduced(numbers: NDArray, factor: int) -> Floats:
    """(h, w, C) as floats in [0, 1], each the mean of factor² px, by their alpha."""
    full = np.iinfo(numbers.dtype).max if numbers.dtype.kind == "u" else 1
    floats = (numbers / np.float64(full)).astype(np.float32)
    if factor == 1:
        return floats
    has_alpha = floats.shape[2] in (2, 4)
    if has_alpha:
        floats[..., :-1] *= floats[..., -1:]
    planes = (np.ascontiguousarray(floats[..., c]) for c in range(floats.shape[2]))
    reduced = [np.asarray(Image.fromarray(plane).reduce(factor)) for plane in planes]
    means = np.dstack(reduced)
    if has_alpha:
        means[..., :-1] /= np.maximum(means[..., -1:], np.float32(1e-6))
    return means.clip(0, 1)
