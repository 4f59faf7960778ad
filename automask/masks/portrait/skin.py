"""Where skin is in a photograph: by the colours of its own faces, or by rules."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.arrays import (
    at_most,
    color_bins,
    resized,
    smoothed,
    to_bytes,
    to_lab,
)
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import (
    HAIRLINE,
    brow_points,
    fill,
    outline,
    surely_skin,
)
from automask.masks.soft import SoftMasks

LONGEST = 512  # px; colours are counted at this size
BINS = (12, 32, 32)  # of L*, a*, b*: coarse in lightness, since faces are shaded
# How common the person's other colours are against those of the face, by place.
IN_FACE, IN_HAIR, ELSEWHERE = 0.4, 3.0, 0.7
EDGE = 50.0  # guided filter's eps, squared 8-bit codes: contrasts below 7 are noise
FEWEST = 50  # px of a face from which its colours can be learned
CR_MIN, CR_MAX = 133.0, 183.0  # 8-bit codes between which skin may lie
CB_MIN, CB_MAX = 77.0, 128.0
RARE = 0.001  # share of all pixels below which a value of Cr or Cb counts as noise


def find_skin(
    image: Tensor, faces: Sequence[Face], person: Tensor, *, learn: bool = True
) -> SoftMasks:
    """Mask "skin" by colour, within the (H, W) person.

    The colour rules in YCbCr of the paper need no face, but fail on dark skin and in
    coloured light. Where a face is found and ``learn`` is set, its colours tell better
    what skin is (mean IoU on 20 labelled portraits 0.89 against 0.77, worst 0.72
    against 0.37).
    """
    height, width = image.shape[-2:]
    pixels = at_most(to_bytes(image), LONGEST, 1)
    size = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = [Face(face.points * scale) for face in faces]
    margin = round(0.03 * max((face.size for face in small), default=0))
    sure, face, _ = surely_skin(size, small, margin)
    if learn and sure.sum() >= FEWEST:
        source = "colours of the face"
        odds = np.where(face > 0.5, IN_FACE, ELSEWHERE)
        odds[hair_zone(size, small)] = IN_HAIR
        rest = (resized(person.numpy(), *size) > 0.5) & (face < 0.1)
        mask = like_face(pixels, sure, rest, odds)
    else:
        source = "YCbCr rules"
        mask = skin_by_rules(pixels)
        if mask[sure].sum() < 0.5 * sure.sum():
            # The rules do not hold in this light: better the whole face than a hole.
            mask, source = np.maximum(mask, face), "YCbCr rules + face outline"
    mask = cv2.resize(mask, (width, height)).clip(0, 1)
    return SoftMasks(("skin",), torch.from_numpy(mask)[None] * person, (source,))


def hair_zone(size: tuple[int, int], faces: Sequence[Face]) -> np.ndarray:
    """(H, W) bool: beside and above the forehead, where hair and hats are."""
    squares = []
    for face in faces:
        up, across = face.up * face.size, face.across * face.size
        corners = [-across, across, across + 2 * up, 2 * up - across]
        squares.append(brow_points(face).mean(0) + np.array(corners))
    foreheads = fill(size, [outline(face, HAIRLINE) for face in faces])
    return (fill(size, squares) > 0.5) & (foreheads < 0.5)


def like_face(
    pixels: np.ndarray, sure: np.ndarray, rest: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    """(H, W) probability of skin: colours of the face against those of the rest.

    Bayes' rule on two smoothed histograms in CIE L*a*b* with prior odds against skin,
    then a guided filter that follows the picture's edges.
    """
    bins = color_bins(to_lab(pixels), BINS)
    skin, other = density(bins, sure), density(bins, rest)
    rare = 1e-6  # a colour seen nowhere counts as skin inside the face alone
    mask = (skin + rare * (odds == IN_FACE)) / (skin + odds * other + rare)
    radius = max(1, max(mask.shape) // 64)
    return cv2.ximgproc.guidedFilter(pixels, mask.astype(np.float32), radius, EDGE)


def density(bins: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(H, W) how common each pixel's bin is among the chosen pixels."""
    counts = np.bincount(bins[chosen], minlength=int(np.prod(BINS))).astype(float)
    smooth = smoothed(counts.reshape(BINS), (1, 1, 1), cv2.BORDER_REFLECT)
    return (smooth / max(counts.sum(), 1)).ravel()[bins]


def skin_by_rules(pixels: np.ndarray) -> np.ndarray:
    """(H, W) 0 or 1: skin by dynamic ranges in YCr and YCb and their correlation.

    The rules adapt to the picture's light (Brancati et al. 2017). In each plane skin
    fills a trapezoid over Y, as high as the picture's reddest (least blue) skin, and
    with the shorter side where Y of these pixels lies. A pixel is skin if its Cb is
    what its Cr predicts when both sit at like heights of their trapezoids. As in the
    authors' code, Y, Cb and Cr are full-range 8-bit codes (0 to 255).
    """
    y, cr, cb = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    cr_codes, cb_codes = (
        np.flatnonzero(np.bincount(each.astype(int).ravel()) > RARE * each.size)
        for each in (cr, cb)
    )
    cr_top = min(CR_MAX, float(cr_codes[-1]))
    cb_top = max(CB_MIN, float(cb_codes[0]))
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
