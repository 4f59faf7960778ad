"""Skin by colour rules that adapt to the picture's light (Brancati et al. 2017)."""

from __future__ import annotations

import cv2
import numpy as np

CR_MIN, CR_MAX = 133.0, 183.0  # 8-bit codes between which skin may lie
CB_MIN, CB_MAX = 77.0, 128.0
RARE = 0.001  # share of all pixels below which a value of Cr or Cb counts as noise


def skin_by_rules(pixels: np.ndarray) -> np.ndarray:
    """Skin by dynamic ranges in the YCr and YCb planes and their correlation.

    In each plane skin fills a trapezoid over Y, as high as the picture's reddest (least
    blue) skin, and with the shorter side where Y of these pixels lies. A pixel is skin
    if its Cb is what its Cr predicts when both sit at like heights of their trapezoids.
    As in the authors' code, Y, Cb and Cr are full-range 8-bit codes (0 to 255).

    Args:
        pixels: (H, W, 3) 8-bit RGB.

    Returns:
        (H, W) float32, 0 or 1.
    """
    y, cr, cb = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    cr_top = min(CR_MAX, extreme(cr, highest=True))
    cb_top = max(CB_MIN, extreme(cb, highest=False))
    if cr_top <= CR_MIN or cb_top >= CB_MAX:
        return np.zeros_like(y)
    cr_side, cb_side = lightness_range(y, cr, cr_top), lightness_range(y, cb, cb_top)
    height_cr = trapezoid(y, cr_side, cr_top - CR_MIN)
    height_cb = trapezoid(y, cb_side, CB_MAX - cb_top)
    base_cr, base_cb = cr_side[1] - cr_side[0], cb_side[1] - cb_side[0]
    areas = (256 + base_cr) * (cr_top - CR_MIN), (256 + base_cb) * (CB_MAX - cb_top)
    height_cr *= min(1, areas[1] / areas[0])  # brings the planes to one measure
    height_cb *= min(1, areas[0] / areas[1])
    in_cr = cr - CR_MIN
    in_cb = in_cr * height_cb / np.maximum(height_cr, 1e-6)  # as Cr predicts it
    total = np.maximum(height_cr + height_cb, 1e-6)
    alike = min(base_cr, base_cb) / max(base_cr, base_cb, 1)
    enough_red = cr - cb >= alike * np.abs(total - in_cr - in_cb)
    agrees = np.abs(cb - (CB_MAX - in_cb)) <= in_cb * (in_cb + in_cr) / total
    return (enough_red & agrees & (in_cr > 0)).astype(np.float32)


def extreme(plane: np.ndarray, *, highest: bool) -> float:
    """Highest or lowest 8-bit code that is not rare in the picture."""
    counts = np.bincount(plane.astype(np.uint8).ravel(), minlength=256)
    codes = np.flatnonzero(counts > RARE * plane.size)
    if not len(codes):
        return 0.0 if highest else 255.0
    return float(codes[-1] if highest else codes[0])


def lightness_range(
    y: np.ndarray, plane: np.ndarray, code: float
) -> tuple[float, float]:
    """Where Y lies at a code of the plane and the two beside it.

    Of each of the three codes the 5th and the 95th percentile of Y are taken, and of
    these the lowest and the highest. A code with a single Y says nothing.
    """
    ends = [
        np.percentile(y[plane == near], (5, 95))
        for near in (code - 1, code, code + 1)
        if (plane == near).any()
    ]
    ends = [(low, high) for low, high in ends if low < high]
    if not ends:
        return 64.0, 192.0
    lows, highs = zip(*ends, strict=True)
    return float(min(lows)), float(max(highs))


def trapezoid(y: np.ndarray, side: tuple[float, float], height: float) -> np.ndarray:
    """Height over Y: rises from Y = 0 to the shorter side and falls to Y = 255."""
    return height * np.interp(y, [0, *side, 255], [0, 1, 1, 0]).astype(np.float32)
