"""What the classifiers see of each cell: colours and places relative to the face."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.portrait.face_crop import CELLS, extent
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import (
    BROWS,
    EYE,
    EYES,
    HAIRLINE,
    INNER_LIPS,
    LIPS,
    NOSE,
    OVAL,
    brow,
    fill,
    grown,
    outline,
)

SHAPE = (CELLS, CELLS)
BINS = (12, 24, 24)  # of L*, a*, b*: coarse in lightness, since faces are shaded
FEWEST = 12  # cells of a face from which its colours can be learned
HEAD_CUES, FEATURE_CUES = 18, 16


def head_cues(
    rgb: np.ndarray, person: np.ndarray, inside: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """What the classifier of skin, hair and clothing sees.

    Args:
        rgb: (CELLS, CELLS, 3) 8 bits, the square HEAD of a face.
        person: (CELLS, CELLS) probability.
        inside: (CELLS, CELLS) 1 in the picture and 0 beyond it.
        points: (478, 2) landmarks in cells.

    Returns:
        (HEAD_CUES, CELLS, CELLS) float32, each roughly in [-1, 1].
    """
    face = Face(points)
    lab = to_lab(rgb)
    sure, features = surely_skin(face)
    seen = inside > 0.5
    body = (person > 0.5) & seen
    top, height = extent(face)
    rows = np.arange(CELLS)[:, None] + np.zeros(SHAPE)
    seeds = [
        sure & seen,
        hair_ring(face) & body,
        body & (rows > face.points[:, 1].max() + 0.3 * height),
        (person < 0.1) & seen,
    ]
    oval = fill(SHAPE, [points[OVAL]])
    cues = [
        *relative_colour(lab, seeds[0]),
        lab[..., 0] / 50 - 1,
        np.hypot(lab[..., 1], lab[..., 2]) / 40 - 0.5,
        roughness(lab[..., 0]),
        *seed_shares(lab, seeds),
        2 * person - 1,
        2 * inside - 1,
        signed_distance(oval, 0.5 * height),
        signed_distance(fill(SHAPE, [outline(face, HAIRLINE)]), 0.15 * height),
        signed_distance(person, 0.15 * height),
        features,
        *places(face),
    ]
    return np.stack(cues).astype(np.float32)


def feature_cues(rgb: np.ndarray, inside: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What the classifier of eyes, brows, nose and mouth sees.

    Args:
        rgb: (CELLS, CELLS, 3) 8 bits, the square FEATURES of a face.
        inside: (CELLS, CELLS) 1 in the picture and 0 beyond it.
        points: (478, 2) landmarks in cells.

    Returns:
        (FEATURE_CUES, CELLS, CELLS) float32, each roughly in [-1, 1].
    """
    face = Face(points)
    lab = to_lab(rgb)
    sure, _ = surely_skin(face)
    _, height = extent(face)
    rest = (inside > 0.5) & ~sure
    light = lab[..., 0]
    local = light - cv2.GaussianBlur(light, (0, 0), 0.06 * height)
    cues = [
        *relative_colour(lab, sure & (inside > 0.5)),
        light / 50 - 1,
        local / max(2.0, 2 * float(local[sure].std() if sure.any() else 10)) / 4,
        roughness(light),
        seed_shares(lab, [sure, rest])[0],
        2 * inside - 1,
        *(signed_distance(each, 0.05 * height) for each in feature_maps(face)),
        signed_distance(fill(SHAPE, [points[OVAL]]), 0.25 * height),
        *places(face),
    ]
    return np.stack(cues).astype(np.float32)


def feature_maps(face: Face) -> list[np.ndarray]:
    """Eyes, brows, nose, lips and what lies between them, as the landmarks say."""
    points = face.points
    polygons = [
        [grown(face, each, *EYE) for each in EYES],
        [brow(face, each) for each in BROWS],
        [points[NOSE]],
        [points[LIPS]],
        [points[INNER_LIPS]],
    ]
    return [fill(SHAPE, each) for each in polygons]


def surely_skin(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Cells that are skin in any face (bool), and its eyes, brows and lips."""
    oval = fill(SHAPE, [face.points[OVAL]])
    eyes, brows, _, lips, _ = feature_maps(face)
    features = np.maximum(np.maximum(eyes, brows), lips)
    margin = 2 * round(0.02 * extent(face)[1]) + 1
    inner = cv2.erode(oval, np.ones((margin, margin), np.uint8))
    return (inner > 0.5) & (features < 0.1), features


def hair_ring(face: Face) -> np.ndarray:
    """(CELLS, CELLS) bool: above and beside the forehead, where hair and hats are."""
    inner, outer = outline(face, HAIRLINE + 0.05, 1.06), outline(face, 2.0, 1.35)
    ring = (fill(SHAPE, [outer]) > 0.5) & (fill(SHAPE, [inner]) < 0.5)
    brows = face.points[[point for side in BROWS for point in side], 1].mean()
    ring[int(np.clip(brows, 0, CELLS)) :] = False
    return ring


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) CIE L*a*b* of 8-bit RGB."""
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def relative_colour(lab: np.ndarray, sure: np.ndarray) -> list[np.ndarray]:
    """How much lighter, redder and yellower than the face's own skin, clipped."""
    chosen = lab[sure] if sure.sum() >= FEWEST else lab.reshape(-1, 3)
    return [
        np.clip((lab[..., i] - np.median(chosen[:, i])) / unit, -2, 2)
        for i, unit in enumerate((30, 12, 12))
    ]


def roughness(light: np.ndarray) -> np.ndarray:
    """Local standard deviation of lightness, compressed."""
    mean, square = (cv2.blur(each, (5, 5)) for each in (light, light * light))
    return np.log1p(np.sqrt(np.maximum(square - mean * mean, 0))) / 2 - 0.5


def seed_shares(lab: np.ndarray, seeds: list[np.ndarray]) -> list[np.ndarray]:
    """Each seed's share of a cell's colour, by smoothed histograms; then in [-1, 1]."""
    unit = lab / [100, 128, 128] + [0, 0.5, 0.5]  # a* and b* beyond 64 are cut off
    cells = np.clip(unit * BINS, 0, np.array(BINS) - 1).astype(int)
    flat = np.ravel_multi_index(tuple(cells.reshape(-1, 3).T), BINS).reshape(SHAPE)
    found = [density(flat, seed) for seed in seeds]
    total = sum(found) + 1e-4
    return [2 * each / total - 1 for each in found]


def density(flat: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """How common each cell's colour is among the seed's; zero for too few."""
    from scipy.ndimage import gaussian_filter

    if seed.sum() < FEWEST:
        return np.zeros(SHAPE)
    counts = np.bincount(flat[seed], minlength=int(np.prod(BINS))).reshape(BINS)
    smooth = gaussian_filter(counts / seed.sum(), (1.0, 1.0, 1.0), mode="constant")
    return smooth.ravel()[flat]


def signed_distance(mask: np.ndarray, unit: float) -> np.ndarray:
    """Distance into (positive) or from a mask, in units, squashed to [-1, 1]."""
    inner = (mask > 0.5).astype(np.uint8)
    if not inner.any():
        return np.full(SHAPE, -1.0)
    into = cv2.distanceTransform(inner, cv2.DIST_L2, 3)
    away = cv2.distanceTransform(1 - inner, cv2.DIST_L2, 3)
    return np.tanh((into - away) / max(unit, 1e-3))


def places(face: Face) -> list[np.ndarray]:
    """Height and (unsigned) side of a cell from the middle of the face."""
    (left, top), (right, bottom) = face.points.min(0), face.points.max(0)
    y, x = np.mgrid[:CELLS, :CELLS].astype(np.float32)
    height = max(bottom - top, 1.0)
    return [
        (y - (top + bottom) / 2) / (1.5 * height),
        np.abs(x - (left + right) / 2) / (1.5 * height),
    ]
