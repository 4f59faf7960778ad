"""Where skin is in a photograph, by the colours of the picture's own faces."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.face_polygons import (
    BROWS,
    EYE,
    EYES,
    HAIRLINE,
    LIPS,
    OVAL,
    brow,
    fill,
    grown,
    outline,
    up_axis,
)
from automask.masks.portrait.mediapipe_models import resized, to_bytes
from automask.masks.portrait.person import segment_person
from automask.masks.portrait.ycbcr import skin_by_rules
from automask.masks.soft import SoftMasks

LONGEST = 512  # px; colours are counted at this size
BINS = (12, 32, 32)  # of L*, a*, b*: coarse in lightness, since faces are shaded
# How common the person's other colours are against those of the face, by place.
IN_FACE, IN_HAIR, ELSEWHERE = 0.4, 3.0, 0.7
EDGE = 50.0  # guided filter's eps, squared 8-bit codes: contrasts below 7 are noise
FEWEST = 50  # px of a face from which its colours can be learned


def find_skin(
    image: Tensor,
    faces: Sequence[Face] | None = None,
    person: Tensor | None = None,
    *,
    learn: bool = True,
) -> SoftMasks:
    """Mask "skin" by colour, within the person.

    The colour rules in YCbCr of the paper need no face, but fail on dark skin and in
    coloured light. Where a face is found, its colours tell better what skin is (mean
    IoU on 20 labelled portraits 0.89 against 0.77, worst 0.72 against 0.37).

    Args:
        image: (1, 3, H, W) in [0, 1].
        faces: Found faces; looked for if not given.
        person: (H, W) in [0, 1]; looked for if not given.
        learn: Learn from the faces; if not, or without a face, the rules are used.
    """
    faces = find_faces(image) if faces is None else faces
    person = segment_person(image, faces)["person"] if person is None else person
    height, width = image.shape[-2:]
    scale = min(1.0, LONGEST / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    pixels = resized(to_bytes(image), *size)
    small = [Face(face.points * scale) for face in faces]
    sure, face = surely_skin(size, small)
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


def surely_skin(
    size: tuple[int, int], faces: Sequence[Face]
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that are skin in all faces (bool), and the faces' ovals, both (H, W)."""
    ovals = fill(size, [face.points[OVAL] for face in faces])
    other = [face.points[LIPS] for face in faces]
    other += [grown(face, points, *EYE) for face in faces for points in EYES]
    other += [brow(face, points) for face in faces for points in BROWS]
    margin = 2 * round(0.03 * max((face.size for face in faces), default=0)) + 1
    inner = cv2.erode(ovals, np.ones((margin, margin), np.uint8))
    return (inner > 0.5) & (fill(size, other) < 0.1), ovals


def hair_zone(size: tuple[int, int], faces: Sequence[Face]) -> np.ndarray:
    """(H, W) bool: beside and above the forehead, where hair and hats are."""
    squares = []
    for face in faces:
        up = up_axis(face) * face.size
        across = np.array([-up[1], up[0]])
        middle = face.points[[point for side in BROWS for point in side]].mean(0)
        corners = [-across, across, across + 2 * up, 2 * up - across]
        squares.append(middle + np.array(corners))
    foreheads = fill(size, [outline(face, HAIRLINE) for face in faces])
    return (fill(size, squares) > 0.5) & (foreheads < 0.5)


def like_face(
    pixels: np.ndarray, sure: np.ndarray, rest: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    """Probability of skin: colours of the face against those of the person's rest.

    Bayes' rule on two smoothed histograms in CIE L*a*b*, then a guided filter that
    follows the picture's edges.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        sure: (H, W) bool, pixels that are skin.
        rest: (H, W) bool, pixels of the person most of which are not.
        odds: (H, W) prior odds against skin.

    Returns:
        (H, W) float32.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    unit = lab / [100, 128, 128] + [0, 0.5, 0.5]  # a* and b* beyond 64 are cut off
    cells = np.clip(unit * BINS, 0, np.array(BINS) - 1).astype(int)
    skin, other = density(cells, sure), density(cells, rest)
    rare = 1e-6  # a colour seen nowhere counts as skin inside the face alone
    mask = (skin + rare * (odds == IN_FACE)) / (skin + odds * other + rare)
    radius = max(1, max(mask.shape) // 64)
    return cv2.ximgproc.guidedFilter(pixels, mask.astype(np.float32), radius, EDGE)


def density(cells: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(H, W) how common each pixel's colour is among the chosen pixels."""
    from scipy.ndimage import gaussian_filter

    counts = np.zeros(BINS)
    np.add.at(counts, tuple(cells[chosen].T), 1)
    smooth = gaussian_filter(counts, 1.0) / max(counts.sum(), 1)
    return smooth[cells[..., 0], cells[..., 1], cells[..., 2]]
