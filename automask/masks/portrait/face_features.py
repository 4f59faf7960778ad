"""What the classifiers see of each cell: colours and places relative to the face."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.arrays import color_bins, local_deviation, smoothed
from automask.masks.portrait.face_crop import CELLS, Square
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import (
    HAIRLINE,
    INNER_LIPS,
    LIPS,
    NOSE,
    brow_points,
    brows,
    eyes,
    fill,
    outline,
)

SHAPE = (CELLS, CELLS)
BINS = (12, 24, 24)  # of L*, a*, b*: coarse in lightness, since faces are shaded
SKIN_LIGHT, SKIN_RANGE = 60, (15, 85)  # L* that a face's skin is brought to, and from
FEWEST = 12  # cells of a face from which its colours can be learned
NOSE_BASE = 2  # of the landmarks
HEAD_CUES, FEATURE_CUES, BEARD_CUES = 18, 16, 19
LOWER = (slice(32, 128), slice(20, 108))  # cells that are told apart, two by two


def head_cues(square: Square) -> np.ndarray:
    """What the net of skin, hair and clothing sees: (HEAD_CUES, CELLS, CELLS)."""
    face, person, in_picture = square.face, square.person, square.in_picture
    sure, oval, _ = square.areas
    body = (person > 0.5) & in_picture
    background = (person < 0.1) & in_picture
    seeds = [
        sure & in_picture,
        hair_ring(face) & body,
        body & _below(face, 0.3),
        background,
    ]
    hairline = fill(SHAPE, [outline(face, HAIRLINE)])
    distances = [(oval, 0.5), (hairline, 0.15), (person, 0.15)]
    lab = exposed(square.lab, seeds[0])
    return np.stack(_body_cues(square, lab, seeds, [], distances)).astype(np.float32)


def beard_cues(square: Square) -> np.ndarray:
    """What the net of beards sees: (BEARD_CUES, 48, 44), see ``lower_face``.

    Colours are told against those of the upper face, which no beard covers.
    """
    face, in_picture = square.face, square.in_picture
    sure, oval, _ = square.areas
    body = (square.person > 0.5) & in_picture
    upper = sure & in_picture & (np.indices(SHAPE)[0] < face.points[NOSE_BASE, 1])
    in_brows = fill(SHAPE, brows(face)) > 0.5
    seeds = [
        upper,
        hair_ring(face) & body,
        in_brows & in_picture,
        body & _below(face, 0.2),
    ]
    lips, nose = (fill(SHAPE, [face.points[ring]]) for ring in (LIPS, NOSE))
    distances = [(oval, 0.25), (lips, 0.1), (nose, 0.1)]
    more = [square.contrast(upper)]
    cues = _body_cues(square, square.lab, seeds, more, distances)
    return np.stack([lower_face(cue) for cue in cues])


def _body_cues(
    square: Square,
    lab: np.ndarray,
    seeds: list[np.ndarray],
    more: list[np.ndarray],
    distances: list[tuple[np.ndarray, float]],
) -> list[np.ndarray]:
    """Colours against those of the first seed, the own skin; distances; places.

    Seeds are bool; a mask's distance is told in a share of the face's height.
    """
    return [
        *relative_color(lab, seeds[0]),
        square.lab[..., 0] / 50 - 1,
        np.hypot(square.lab[..., 1], square.lab[..., 2]) / 40 - 0.5,
        *more,
        roughness(lab),
        *seed_shares(lab, seeds),
        2 * square.person - 1,
        2 * square.inside - 1,
        *(signed_distance(mask, u * square.face.height) for mask, u in distances),
        square.areas[2],
        *face_coordinates(square.face),
    ]


def feature_cues(square: Square) -> np.ndarray:
    """What the net of eyes to mouth sees: (FEATURE_CUES, CELLS, CELLS)."""
    face, in_picture = square.face, square.in_picture
    sure, oval, _ = square.areas
    lab = exposed(square.lab, sure & in_picture)
    rings = [[face.points[ring]] for ring in (NOSE, LIPS, INNER_LIPS)]
    outlines = [eyes(face), brows(face), *rings]
    cues = [
        *relative_color(lab, sure & in_picture),
        square.lab[..., 0] / 50 - 1,
        square.contrast(sure),
        roughness(lab),
        seed_shares(lab, [sure, in_picture & ~sure])[0],
        2 * square.inside - 1,
        *(signed_distance(fill(SHAPE, p), 0.05 * face.height) for p in outlines),
        signed_distance(oval, 0.25 * face.height),
        *face_coordinates(face),
    ]
    return np.stack(cues).astype(np.float32)


def lower_face(plane: np.ndarray) -> np.ndarray:
    """(48, 44) float32 means of two by two cells of the square, about the mouth."""
    cells = plane[LOWER].astype(np.float32)
    return cells.reshape(48, 2, 44, 2).mean((1, 3))


def in_square(cells: np.ndarray) -> np.ndarray:
    """(CELLS, CELLS) from what ``lower_face`` makes; zero elsewhere."""
    square = np.zeros(SHAPE, np.float32)
    square[LOWER] = cv2.resize(cells, (88, 96), interpolation=cv2.INTER_LINEAR)
    return square


def _below(face: Face, margin: float) -> np.ndarray:
    """(CELLS, CELLS) bool: lower than the chin by a share of the face's height."""
    return np.indices(SHAPE)[0] > face.points[:, 1].max() + margin * face.height


def hair_ring(face: Face) -> np.ndarray:
    """(CELLS, CELLS) bool: above and beside the forehead, where hair and hats are."""
    inner, outer = outline(face, HAIRLINE + 0.05, 1.06), outline(face, 2.0, 1.35)
    ring = (fill(SHAPE, [outer]) > 0.5) & (fill(SHAPE, [inner]) < 0.5)
    ring[int(np.clip(brow_points(face)[:, 1].mean(), 0, CELLS)) :] = False
    return ring


def exposed(lab: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """L*a*b* as if the picture were exposed for the face's own skin.

    Dark skin and black hair, or a face in low light, then lie as far apart as others.
    Lightness is stretched below the skin's and compressed above, so nothing is clipped.
    """
    chosen = lab[sure] if sure.sum() >= FEWEST else lab.reshape(-1, 3)
    skin = float(np.clip(np.median(chosen[:, 0]), *SKIN_RANGE))
    light = np.interp(lab[..., 0], [0, skin, 100], [0, SKIN_LIGHT, 100])
    chroma = lab[..., 1:] * np.clip(SKIN_LIGHT / skin, 0.8, 2)
    return np.dstack([light, chroma]).astype(np.float32)


def relative_color(lab: np.ndarray, sure: np.ndarray) -> list[np.ndarray]:
    """How much lighter, redder and yellower than the face's own skin, clipped."""
    chosen = lab[sure] if sure.sum() >= FEWEST else lab.reshape(-1, 3)
    return [
        np.clip((lab[..., i] - np.median(chosen[:, i])) / unit, -2, 2)
        for i, unit in enumerate((30, 12, 12))
    ]


def roughness(lab: np.ndarray) -> np.ndarray:
    """Local standard deviation of lightness, compressed."""
    return np.log1p(local_deviation(lab[..., 0])) / 2 - 0.5


def seed_shares(lab: np.ndarray, seeds: list[np.ndarray]) -> list[np.ndarray]:
    """Each seed's share of a cell's colour, by smoothed histograms; then in [-1, 1]."""
    bins = color_bins(lab, BINS)
    found = [density(bins, seed) for seed in seeds]
    total = sum(found) + 1e-4
    return [2 * each / total - 1 for each in found]


def density(bins: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """How common each cell's colour is among the seed's; zero for too few."""
    if seed.sum() < FEWEST:
        return np.zeros(SHAPE)
    counts = np.bincount(bins[seed], minlength=int(np.prod(BINS))).reshape(BINS)
    smooth = smoothed(counts / seed.sum(), (1, 1, 1), cv2.BORDER_CONSTANT)
    return smooth.ravel()[bins]


def signed_distance(mask: np.ndarray, unit: float) -> np.ndarray:
    """Distance into (positive) or from a mask, in units, squashed to [-1, 1]."""
    inner = (mask > 0.5).astype(np.uint8)
    if not inner.any():
        return np.full(SHAPE, -1.0)
    into = cv2.distanceTransform(inner, cv2.DIST_L2, 3)
    away = cv2.distanceTransform(1 - inner, cv2.DIST_L2, 3)
    return np.tanh((into - away) / max(unit, 1e-3))


def face_coordinates(face: Face) -> list[np.ndarray]:
    """Height and (unsigned) side of a cell from the middle of the face."""
    (left, top), (right, bottom) = face.points.min(0), face.points.max(0)
    y, x = np.mgrid[:CELLS, :CELLS].astype(np.float32)
    height = max(bottom - top, 1.0)
    return [
        (y - (top + bottom) / 2) / (1.5 * height),
        np.abs(x - (left + right) / 2) / (1.5 * height),
    ]
