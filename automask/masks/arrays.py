"""Images as arrays of 8-bit colours: sizes, windows, lightness and its texture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from torch import Tensor


def to_bytes(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] as (H, W, 3) 8-bit RGB."""
    pixels = (image[0] * 255).round_().clamp_(0, 255).byte()
    return np.ascontiguousarray(pixels.permute(1, 2, 0).cpu().numpy())


def to_lab(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) CIE L*a*b* of 8-bit RGB."""
    return cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with area averaging where it shrinks, since MediaPipe itself aliases."""
    shrinks = height * width < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(pixels, (width, height), interpolation=method)


def at_most(pixels: np.ndarray, longest: int, shortest: int = 8) -> np.ndarray:
    """The picture shrunk to a longer side of so many px, no side below ``shortest``."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    sides = (max(shortest, round(side * scale)) for side in (height, width))
    return resized(pixels, *sides)


def crop(
    pixels: np.ndarray, left: float, top: float, right: float, bottom: float
) -> np.ndarray:
    """Cut a window in px that may leave the picture, whose border is then repeated."""
    height, width = pixels.shape[:2]
    x, y = round(left), round(top)
    rows = np.arange(y, max(round(bottom), y + 1)).clip(0, height - 1)
    columns = np.arange(x, max(round(right), x + 1)).clip(0, width - 1)
    return np.ascontiguousarray(pixels[rows][:, columns])


def local_deviation(light: np.ndarray) -> np.ndarray:
    """(H, W) standard deviation of the lightness within 5x5 px."""
    mean, square = (cv2.blur(each, (5, 5)) for each in (light, light * light))
    return np.sqrt(np.maximum(square - mean * mean, 0))


def color_bins(lab: np.ndarray, bins: tuple[int, int, int]) -> np.ndarray:
    """(H, W) index of each pixel's bin in a flat histogram of L*, a*, b*."""
    unit = lab / [100, 128, 128] + [0, 0.5, 0.5]  # a* and b* beyond 64 are cut off
    cells = np.clip(unit * bins, 0, np.array(bins) - 1).astype(int)
    return np.ravel_multi_index(tuple(np.moveaxis(cells, 2, 0)), bins)


def smoothed(counts: np.ndarray, sigmas: Sequence[float], border: int) -> np.ndarray:
    """A histogram of any number of axes, blurred by a Gaussian along each.

    Args:
        counts: Float64.
        sigmas: Of the axes, in bins; the Gaussian is cut off at four of them.
        border: What lies beyond the bins, such as ``cv2.BORDER_REFLECT``.
    """
    for axis, sigma in enumerate(sigmas):
        size = (1, 2 * round(4 * sigma) + 1)
        ones = np.eye(counts.shape[axis])
        weights = cv2.GaussianBlur(ones, size, 1, sigmaY=sigma, borderType=border)
        counts = np.moveaxis(np.tensordot(weights, counts, (1, axis)), 0, axis)
    return counts
