"""A decoded frame as upright pixels in sRGB."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from automask.video.clip import Pixels
from automask.video.wide_color import BT2020, KINDS, shown_in_srgb

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

HIGH = 720  # px: from this height on, a clip that does not say so is BT.709, not BT.601
MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}  # of ITU-T H.273, to swscale's
FULL = 2  # of colour ranges, as FFmpeg counts them


def upright_size(frame: VideoFrame, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height as it is to be shown, of square pixels.

    Args:
        frame: As it was decoded.
        aspect: Width of its pixels over their height; None or 0: 1.
    """
    width = max(1, round(frame.width * (aspect or 1)))
    turned = _orientation(frame)[0]
    return (frame.height, width) if turned else (width, frame.height)


def pixels(
    frame: VideoFrame, width: int, height: int, deep: bool, scaler: VideoReformatter
) -> Pixels:
    """A frame upright and in sRGB.

    Args:
        frame: As it was decoded.
        width: Of the result, px.
        height: Likewise.
        deep: Whether 16 bits are wanted.
        scaler: Used for all frames of a clip, for making one takes longer than scaling.
    """
    from av.video.reformatter import Interpolation

    turned, across, down = _orientation(frame)
    sides = (height, width) if turned else (width, height)
    smaller = sides[0] * sides[1] < frame.width * frame.height
    how = Interpolation.AREA if smaller else Interpolation.BICUBIC
    chroma = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    wide = is_wide(frame)
    rgb: Any = scaler.reformat(
        frame,
        *sides,
        format="rgb48le" if deep or wide else "rgb24",
        src_colorspace=_matrix(frame),
        src_color_range=_range(frame),
        dst_color_range=FULL,
        interpolation=how | chroma,
    ).to_ndarray()
    if wide:
        rgb = shown_in_srgb(rgb, int(frame.color_trc))
        rgb = rgb if deep else (rgb // 257).astype(np.uint8)
    if turned:
        rgb = rgb.swapaxes(0, 1)
    upright: Pixels = np.ascontiguousarray(rgb[::down, ::across])
    return upright


def _orientation(frame: VideoFrame) -> tuple[bool, int, int]:
    """Whether columns become rows, and then the direction of columns and rows: 1, -1.

    Of the display matrix (ISO/IEC 14496-12) the nearest quarter turn and the mirror.
    """
    from av.sidedata.sidedata import Type

    sides: Any = frame.side_data
    matrix = sides.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return False, 1, 1
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).astype(float)
    turned = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if turned else (a, d)
    return turned, -1 if across < 0 else 1, -1 if down < 0 else 1


def is_wide(frame: VideoFrame) -> bool:
    """Whether its colours are others than those of sRGB."""
    return int(frame.color_primaries) == BT2020 or int(frame.color_trc) in KINDS


def _matrix(frame: VideoFrame) -> int | None:
    if frame.format.is_rgb:
        return None
    return MATRICES.get(int(frame.colorspace), 1 if frame.height >= HIGH else 5)


def _range(frame: VideoFrame) -> int:
    if int(frame.color_range) == FULL or frame.format.is_rgb:
        return FULL
    return FULL if frame.format.name.startswith("yuvj") else 1
