"""From a decoded picture of any mode to sRGB numbers of a size, with their alpha."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from automask.images.averaging import Floats, averaged, converted, reduction
from automask.images.decoding import Decoded

log = logging.getLogger(__name__)

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""


@dataclass(frozen=True)
class Premultiplied:
    """An upright picture in sRGB, multiplied by its alpha.

    Args:
        rgb: (3, H, W) in [0, 1].
        alpha: (H, W) in [0, 1], 0 where it is transparent; None: all of it is opaque.
    """

    rgb: Floats
    alpha: Floats | None

    def over_white(self) -> Floats:
        """(3, H, W) in [0, 1] as seen on white paper."""
        if self.alpha is None:
            return self.rgb
        return (self.rgb + (1 - self.alpha)).clip(0, 1)


def to_srgb(
    picture: Decoded, path: str | Path, target: tuple[int, int]
) -> Premultiplied:
    """The picture at a size, averaged down early where it is far too big.

    Args:
        picture: As decoded.
        path: Its file, for messages.
        target: Width and height in px, once it is upright.

    Raises:
        ValueError: If the mode is unknown, or float pixels leave [0, 1].
    """
    if picture.orientation > 4:
        target = target[::-1]
    rgb, alpha = _rgb_and_alpha(picture, path, target)
    turn = TURNS.get(picture.orientation)
    planes = [_resized(rgb[..., c], alpha, target, turn) for c in range(3)]
    if alpha is not None:
        alpha = _resized(alpha, None, target, turn).clip(0, 1)
    return Premultiplied(np.stack(planes).clip(0, 1), alpha)


def _rgb_and_alpha(
    picture: Decoded, path: str | Path, target: tuple[int, int]
) -> tuple[NDArray, Floats | None]:
    """(H, W, 3) sRGB, in 8 bits or in [0, 1], and (H, W) alpha unless it is opaque."""
    pixels, alpha = picture.pixels, None
    if isinstance(pixels, Image.Image) and pixels.mode[0] in "FI":
        numbers = np.asarray(pixels)[..., None]
        deep = pixels.mode != "F"
        pixels = numbers.clip(0, 65535).astype(np.uint16) if deep else numbers
    if isinstance(pixels, np.ndarray):
        floats = averaged(pixels, path, target)
        if floats.shape[2] in (2, 4):
            alpha = floats[..., -1]
        rgb = _deep_to_srgb(floats[..., : 3 if floats.shape[2] > 2 else 1], picture)
    else:
        codes = _eight_bits(pixels, path, target)
        if codes.mode == "RGBA":
            alpha = np.asarray(codes.getchannel("A"), np.float32) / np.float32(255)
            codes = codes.convert("RGB")
        rgb = np.asarray(_by_profile(codes, picture.profile))
    return rgb, None if alpha is None or alpha.min() == 1 else alpha


def _resized(
    plane: NDArray,
    alpha: Floats | None,
    target: tuple[int, int],
    turn: Image.Transpose | None,
) -> Floats:
    """Resize (H, W), times its alpha, in floats, which keeps gradients smooth."""
    numbers = plane.astype(np.float32)
    if plane.dtype == np.uint8:
        numbers /= np.float32(255)
    if alpha is not None:
        numbers *= alpha
    resized = Image.fromarray(numbers).resize(target, Image.Resampling.LANCZOS)
    return np.asarray(resized if turn is None else resized.transpose(turn))


def _eight_bits(
    picture: Image.Image, path: str | Path, target: tuple[int, int]
) -> Image.Image:
    """8-bit grey, RGB, RGBA or CMYK, averaged to near the target."""
    if picture.has_transparency_data:
        mode = "RGBA"
    else:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    return converted(picture, mode, path, reduction(picture.size, target))


def _by_profile(flat: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB by an ICC profile; a broken or wrong profile is ignored."""
    if profile:
        try:
            icc = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            rgb = ImageCms.profileToProfile(flat, icc, srgb, outputMode="RGB")
            assert rgb is not None  # it is None only where it works in place
            return rgb
        except (ImageCms.PyCMSError, OSError) as error:
            log.warning("the picture's colour profile is ignored: %s", error)
    return flat.convert("RGB")


def _deep_to_srgb(floats: Floats, picture: Decoded) -> NDArray:
    """(H, W, 3) sRGB of (H, W, 1 or 3) in [0, 1].

    There is no deep transform: what a profile changes has 8-bit codes.
    """
    profile, grey = picture.profile, floats.shape[2] == 1
    if profile and _changes_colours(profile, grey):
        codes = np.round(floats * 255).astype(np.uint8)
        flat = Image.fromarray(codes[..., 0] if grey else codes)
        return np.asarray(_by_profile(flat, profile))
    return np.dstack([floats] * 3) if grey else floats


def _changes_colours(profile: bytes, grey: bool) -> bool:
    """Whether a profile differs from sRGB, of which deep pixels must lose nothing."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    sample = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    if grey:
        sample = sample[..., 0]
    seen = np.asarray(_by_profile(Image.fromarray(sample), profile), int)
    return bool(abs(seen - np.atleast_3d(sample)).max() > 1)
