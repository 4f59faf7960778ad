"""What the classifiers see of each cell: colours and places relative to the face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from automask.masks.arrays import color_bins, local_deviation, to_lab
from automask.masks.portrait.face_crop import CELLS
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
    surely_skin,
)

SHAPE = (CELLS, CELLS)
BINS = (12, 24, 24)  # of L*, a*, b*: coarse in lightness, since faces are shaded
FEWEST = 12  # cells of a face from which its colours can be learned
NOSE_BASE = 2  # of the landmarks
HEAD_CUES, FEATURE_CUES, BEARD_CUES = 18, 16, 19
LOWER = (slice(32, 128), slice(20, 108))  # cells that are told apart, two by two


@dataclass(frozen=True)
class Square:
    """The square of cells about a face.

    Args:
        rgb: (CELLS, CELLS, 3) 8 bits.
        person: (CELLS, CELLS) probability.
        inside: (CELLS, CELLS) 1 in the picture and 0 beyond it.
        points: (478, 2) landmarks in cells.
    """

    rgb: np.ndarray
    person: np.ndarray
    inside: np.ndarray
    points: np.ndarray

    @cached_property
    def face(self) -> Face:
        """The landmarks in cells."""
        return Face(self.points)

    @cached_property
    def lab(self) -> np.ndarray:
        """(CELLS, CELLS, 3) CIE L*a*b*."""
        return to_lab(self.rgb)

    @cached_property
    def known(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells that are skin in any face, its oval, and its eyes, brows and lips."""
        return surely_skin(SHAPE, [self.face], round(0.02 * self.face.height))

    @property
    def seen(self) -> np.ndarray:
        """(CELLS, CELLS) bool: in the picture."""
        return self.inside > 0.5

    @property
    def local(self) -> np.ndarray:
        """(CELLS, CELLS) lightness against that of the surroundings."""
        light = self.lab[..., 0]
        return light - cv2.GaussianBlur(light, (0, 0), 0.06 * self.face.height)


def head_cues(square: Square) -> np.ndarray:
    """What the classifier of skin, hair and clothing sees in the square HEAD.

    Returns:
        (HEAD_CUES, CELLS, CELLS) float32, each roughly in [-1, 1].
    """
    face, lab, person, seen = square.face, square.lab, square.person, square.seen
    sure, oval, features = square.known
    body = (person > 0.5) & seen
    seeds = [
        sure & seen,
        hair_ring(face) & body,
        body & _below(face, 0.3),
        (person < 0.1) & seen,
    ]
    hairline = fill(SHAPE, [outline(face, HAIRLINE)])
    cues = [
        *relative_color(lab, seeds[0]),
        lab[..., 0] / 50 - 1,
        np.hypot(lab[..., 1], lab[..., 2]) / 40 - 0.5,
        roughness(lab),
        *seed_shares(lab, seeds),
        2 * person - 1,
        2 * square.inside - 1,
        signed_distance(oval, 0.5 * face.height),
        signed_distance(hairline, 0.15 * face.height),
        signed_distance(person, 0.15 * face.height),
        features,
        *face_coordinates(face),
    ]
    return np.stack(cues).astype(np.float32)


def feature_cues(square: Square) -> np.ndarray:
    """What the classifier of eyes, brows, nose and mouth sees in the square FEATURES.

    Returns:
        (FEATURE_CUES, CELLS, CELLS) float32, each roughly in [-1, 1].
    """
    face, lab, seen, local = square.face, square.lab, square.seen, square.local
    sure, oval, _ = square.known
    rings = [[face.points[ring]] for ring in (NOSE, LIPS, INNER_LIPS)]
    outlines = [eyes(face), brows(face), *rings]
    spread = float(local[sure].std() if sure.any() else 10)
    cues = [
        *relative_color(lab, sure & seen),
        lab[..., 0] / 50 - 1,
        local / max(2.0, 2 * spread) / 4,
        roughness(lab),
        seed_shares(lab, [sure, seen & ~sure])[0],
        2 * square.inside - 1,
        *(signed_distance(fill(SHAPE, p), 0.05 * face.height) for p in outlines),
        signed_distance(oval, 0.25 * face.height),
        *face_coordinates(face),
    ]
    return np.stack(cues).astype(np.float32)


def beard_cues(square: Square) -> np.ndarray:
    """What the classifier of beards sees in the square BEARD.

    Colours are told against those of the upper face, which no beard covers.

    Returns:
        (BEARD_CUES, 48, 44) float32, each roughly in [-1, 1]: see ``lower_face``.
    """
    face, lab, person, seen = square.face, square.lab, square.person, square.seen
    sure, oval, features = square.known
    body = (person > 0.5) & seen
    upper = sure & seen & (np.indices(SHAPE)[0] < face.points[NOSE_BASE, 1])
    in_brows = fill(SHAPE, brows(face)) > 0.5
    seeds = [upper, hair_ring(face) & body, in_brows & seen, body & _below(face, 0.2)]
    spread = float(square.local[upper].std()) if upper.any() else 10.0
    cues = [
        *relative_color(lab, upper),
        lab[..., 0] / 50 - 1,
        np.hypot(lab[..., 1], lab[..., 2]) / 40 - 0.5,
        square.local / max(2.0, 2 * spread) / 4,
        roughness(lab),
        *seed_shares(lab, seeds),
        2 * person - 1,
        2 * square.inside - 1,
        signed_distance(oval, 0.25 * face.height),
        signed_distance(fill(SHAPE, [face.points[LIPS]]), 0.1 * face.height),
        signed_distance(fill(SHAPE, [face.points[NOSE]]), 0.1 * face.height),
        features,
        *face_coordinates(face),
    ]
    return np.stack([lower_face(cue) for cue in cues])


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
    smooth = gaussian_filter(counts / seed.sum(), 1.0, mode="constant")
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
