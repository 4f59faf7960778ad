"""From a decoded picture of any mode to sRGB numbers and their transparency."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from automask.images.high_bit_depth import STRIP, Pixels, averaged, grey_numbers, spare
from automask.images.raster import Raster

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layers:
    """An upright picture in sRGB and what of it is there.

    Args:
        colours: (3, H, W) in [0, 1], times the cover.
        cover: (H, W) in [0, 1], 0 where it is transparent; None: all of it is there.
    """

    colours: Pixels
    cover: Pixels | None

    def over_white(self) -> Pixels:
        """(3, H, W) in [0, 1] as seen on white paper."""
        if self.cover is None:
            return self.colours
        return (self.colours + (1 - self.cover)).clip(0, 1)


def layers_of(raster: Raster, path: str | Path, target: tuple[int, int]) -> Layers:
    """The picture at a size, averaged down early where it is far too big.

    Args:
        raster: As decoded.
        path: Its file, for messages.
        target: Width and height in px, once it is upright.

    Raises:
        ValueError: If the mode is unknown, or float pixels leave [0, 1].
    """
    if raster.orientation > 4:
        target = target[::-1]
    if isinstance(raster.pixels, np.ndarray):
        rgb, cover = _of_numbers(averaged(raster.pixels, path, target), raster.profile)
    elif raster.pixels.mode == "F" or raster.pixels.mode.startswith("I"):
        grey = grey_numbers(raster.pixels)[..., None]
        rgb, cover = _of_numbers(averaged(grey, path, target), raster.profile)
    else:
        rgb, cover = _of_codes(_flat(raster.pixels, path, target), raster.profile)
    planes = [_resized(rgb[..., channel], cover, target) for channel in range(3)]
    colours = upright(np.stack(planes).clip(0, 1), raster.orientation)
    if cover is None:
        return Layers(colours, None)
    seen = _resized(cover, None, target).clip(0, 1)
    return Layers(colours, upright(seen[None], raster.orientation)[0])


def upright(planes: NDArray, orientation: int) -> NDArray:
    """Turn and mirror (..., H, W) as the EXIF orientation 1 to 8 says; 1 is upright."""
    if orientation in (5, 6, 7, 8):
        planes = planes.swapaxes(-1, -2)
    if orientation in (3, 4, 7, 8):
        planes = planes[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        planes = planes[..., ::-1]
    return np.ascontiguousarray(planes)


def _flat(
    picture: Image.Image, path: str | Path, target: tuple[int, int]
) -> Image.Image:
    """8-bit grey, RGB, RGBA or CMYK, reduced to near the target."""
    if picture.has_transparency_data:
        mode = "RGBA"
    else:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    return converted(picture, mode, path, spare(picture.size, target))


def converted(
    picture: Image.Image, mode: str, path: str | Path, factor: int = 1
) -> Image.Image:
    """In another mode, factor² px averaged into one, without a copy of all of it.

    Raises:
        ValueError: If the mode is unknown.
    """
    if factor == 1:
        return _converted(picture, mode, path)
    width, height = picture.size
    near = Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = max(1, STRIP // width // factor) * factor
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(top + rows, height)))
        near.paste(_converted(strip, mode, path).reduce(factor), (0, top // factor))
    return near


def _converted(picture: Image.Image, mode: str, path: str | Path) -> Image.Image:
    if picture.mode == mode:
        return picture
    try:
        return picture.convert(mode)
    except ValueError as error:
        raise ValueError(
            f"'{path}' has colours of a kind that is not read ({picture.mode}: "
            f"{error}); save it as RGB"
        ) from error


def _of_codes(
    flat: Image.Image, profile: bytes | None
) -> tuple[NDArray[np.uint8], Pixels | None]:
    """(H, W, 3) 8-bit sRGB, and its cover in [0, 1]."""
    cover = None
    if flat.mode == "RGBA":
        cover = np.asarray(flat.getchannel("A"), np.float32) / np.float32(255)
        if cover.min() == 1:
            cover = None
        flat = flat.convert("RGB")
    return np.asarray(_to_srgb(flat, profile)), cover


def _of_numbers(
    numbers: Pixels, profile: bytes | None
) -> tuple[NDArray, Pixels | None]:
    """(H, W, 3) in [0, 1] or 8-bit codes, and its cover in [0, 1].

    Args:
        numbers: (H, W, 1 to 4) in [0, 1].
        profile: ICC's.
    """
    channels = numbers.shape[2]
    cover = numbers[..., -1] if channels in (2, 4) else None
    if cover is not None and cover.min() == 1:
        cover = None
    colours = numbers[..., :3] if channels > 2 else numbers[..., 0]
    return _profiled(colours, profile), cover


def _to_srgb(flat: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB by an ICC profile; a broken or wrong profile is ignored."""
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


def _profiled(numbers: Pixels, profile: bytes | None) -> NDArray:
    """RGB by an ICC profile, in 8 bits for want of a deep transform.

    Args:
        numbers: (H, W) or (H, W, 3) in [0, 1].
        profile: ICC's.
    """
    rgb = np.dstack([numbers] * 3) if numbers.ndim == 2 else numbers
    if not profile:
        return rgb
    # What the profile does to a sample of all colours; sRGB itself must lose nothing.
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    sample = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    if numbers.ndim == 2:
        sample = sample[..., 0]
    seen = np.asarray(_to_srgb(Image.fromarray(sample), profile), int)
    if abs(seen - np.atleast_3d(sample)).max() <= 1:
        return rgb
    codes = np.round(numbers * 255).astype(np.uint8)
    return np.asarray(_to_srgb(Image.fromarray(codes), profile))


def _resized(plane: NDArray, cover: Pixels | None, target: tuple[int, int]) -> Pixels:
    """Resize (H, W), times its cover, in floats, which keeps gradients smooth."""
    numbers = plane.astype(np.float32)
    if plane.dtype == np.uint8:
        numbers /= np.float32(255)
    if cover is not None:
        numbers *= cover
    resized = Image.fromarray(numbers).resize(target, Image.Resampling.LANCZOS)
    return np.asarray(resized)
