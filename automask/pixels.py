"""From a decoded picture of any mode to sRGB numbers."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

log = logging.getLogger(__name__)

Pixels = NDArray[np.float32]
OVERSAMPLING = 3  # px a side kept for each final one when a big picture is averaged


def rgb_pixels(
    picture: Image.Image, path: str | Path, target: tuple[int, int], deep: bool
) -> Pixels:
    """The picture as sRGB numbers, averaged down early where it is far too big.

    Args:
        picture: Loaded, in any mode.
        path: Its file, to be read again where Pillow keeps 8 bits of 16.
        target: Width and height in px that it will be resized to.
        deep: Whether the file holds 16 bits a channel.

    Returns:
        (H, W, 3) in [0, 1], at least as large as ``target`` if the picture is.

    Raises:
        ValueError: If the mode is unknown, or float pixels leave [0, 1].
    """
    if picture.mode == "F" or picture.mode.startswith("I"):
        return _profiled(_averaged(_grey_numbers(picture, path), target), picture)
    if deep and (numbers := _deep_numbers(path)) is not None:
        return _profiled(_over_white(_averaged(numbers, target)), picture)
    flat = _flat(picture, path, target)
    return np.asarray(_to_srgb(flat, picture), np.float32) / np.float32(255)


def upright(planes: Pixels, orientation: int) -> Pixels:
    """Turn and mirror (3, H, W) as the EXIF orientation 1 to 8 says; 1 is upright."""
    if orientation in (5, 6, 7, 8):
        planes = planes.transpose(0, 2, 1)
    if orientation in (3, 4, 7, 8):
        planes = planes[:, ::-1]
    if orientation in (2, 3, 6, 7):
        planes = planes[:, :, ::-1]
    return np.ascontiguousarray(planes)


def _flat(
    picture: Image.Image, path: str | Path, target: tuple[int, int]
) -> Image.Image:
    """8-bit grey, RGB or CMYK without transparency, reduced to near the target."""
    if picture.has_transparency_data:
        mode = "RGBA"
    else:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    try:
        flat = picture.convert(mode)
    except ValueError as error:
        raise ValueError(f"'{path}' has an unknown colour mode: {error}") from error
    factor = _spare(flat.size, target)
    if factor > 1:
        flat = flat.reduce(factor)
    if mode == "RGBA":
        white = Image.new("RGBA", flat.size, "white")
        flat = Image.alpha_composite(white, flat).convert("RGB")
    return flat


def _to_srgb(flat: Image.Image, source: Image.Image) -> Image.Image:
    """RGB by the source's ICC profile; a broken or wrong profile is ignored."""
    profile = source.info.get("icc_profile")
    if profile:
        try:
            icc = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(flat, icc, srgb, outputMode="RGB")
            assert converted is not None  # it is None only where it works in place
            return converted
        except (ImageCms.PyCMSError, OSError) as error:
            log.warning("the picture's colour profile is ignored: %s", error)
    return flat.convert("RGB")


def _profiled(numbers: Pixels, source: Image.Image) -> Pixels:
    """RGB by the source's ICC profile, in 8 bits for want of a deep transform.

    Args:
        numbers: (H, W) or (H, W, 3) in [0, 1].
        source: The picture that the profile is taken from.
    """
    rgb = np.dstack([numbers] * 3) if numbers.ndim == 2 else numbers
    # What the profile does to a sample of all colours; sRGB itself must lose nothing.
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    sample = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    if numbers.ndim == 2:
        sample = sample[..., 0]
    seen = np.asarray(_to_srgb(Image.fromarray(sample), source), int)
    if abs(seen - np.atleast_3d(sample)).max() <= 1:
        return rgb
    codes = np.round(numbers * 255).astype(np.uint8)
    converted = _to_srgb(Image.fromarray(codes), source)
    return np.asarray(converted, np.float32) / np.float32(255)


def _grey_numbers(picture: Image.Image, path: str | Path) -> Pixels:
    """(H, W) in [0, 1] from 16-bit, 32-bit or float grey."""
    numbers = np.asarray(picture)
    if picture.mode != "F":
        return (numbers / np.float32(65535)).clip(0, 1).astype(np.float32)
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(
            f"'{path}' has float pixels from {numbers.min():g} to {numbers.max():g}, "
            "expected [0, 1]; save it with 8 or 16 bits"
        )
    return numbers


def _deep_numbers(path: str | Path) -> NDArray[np.uint16] | None:
    """(H, W, 3 or 4) 16-bit RGB with alpha last; None where OpenCV cannot read it."""
    numbers = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.dtype != np.uint16 or numbers.ndim != 3:
        return None
    order = [2, 1, 0, 3][: numbers.shape[2]]
    return numbers[..., order].astype(np.uint16, copy=False)


def _averaged(numbers: NDArray, target: tuple[int, int]) -> Pixels:
    """Floats in [0, 1] from 16-bit or float numbers, averaged to near the target."""
    height, width = numbers.shape[:2]
    factor = _spare((width, height), target)
    if factor > 1:
        near = -(-width // factor), -(-height // factor)
        numbers = cv2.resize(numbers, near, interpolation=cv2.INTER_AREA)
    full = 65535 if numbers.dtype == np.uint16 else 1
    return numbers.astype(np.float32) / np.float32(full)


def _over_white(rgba: Pixels) -> Pixels:
    if rgba.shape[2] == 3:
        return rgba
    alpha = rgba[..., 3:]
    return rgba[..., :3] * alpha + (1 - alpha)


def _spare(size: tuple[int, int], target: tuple[int, int]) -> int:
    """How many px a side can be averaged into one and still leave enough."""
    return max(
        1, min(s // (OVERSAMPLING * t) for s, t in zip(size, target, strict=True))
    )
