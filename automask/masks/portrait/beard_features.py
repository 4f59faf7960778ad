"""What the classifier of beards sees of each cell about the lower face."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.portrait.face_crop import CELLS, extent
from automask.masks.portrait.face_features import (
    feature_maps,
    hair_ring,
    places,
    relative_colour,
    roughness,
    seed_shares,
    signed_distance,
    surely_skin,
    to_lab,
)
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import OVAL, fill

SHAPE = (CELLS, CELLS)
NOSE_BASE = 2  # of the landmarks
BEARD_CUES = 19
LOWER = (slice(32, 128), slice(20, 108))  # cells that are told apart, two by two


def beard_cues(
    rgb: np.ndarray, person: np.ndarray, inside: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Colours against those of the upper face, which no beard covers, and places.

    Args:
        rgb: (CELLS, CELLS, 3) 8 bits, the square BEARD of a face.
        person: (CELLS, CELLS) probability.
        inside: (CELLS, CELLS) 1 in the picture and 0 beyond it.
        points: (478, 2) landmarks in cells.

    Returns:
        (BEARD_CUES, 48, 44) float32, each roughly in [-1, 1]: see ``lower_face``.
    """
    face = Face(points)
    lab = to_lab(rgb)
    light = lab[..., 0]
    sure, features = surely_skin(face)
    _, height = extent(face)
    seen = inside > 0.5
    body = (person > 0.5) & seen
    rows = np.arange(CELLS)[:, None] + np.zeros(SHAPE)
    upper = sure & seen & (rows < points[NOSE_BASE, 1])
    below = body & (rows > points[:, 1].max() + 0.2 * height)
    local = light - cv2.GaussianBlur(light, (0, 0), 0.06 * height)
    spread = float(local[upper].std()) if upper.any() else 10.0
    _, brows, nose, lips, _ = feature_maps(face)
    seeds = [upper, hair_ring(face) & body, (brows > 0.5) & seen, below]
    cues = [
        *relative_colour(lab, upper),
        light / 50 - 1,
        np.hypot(lab[..., 1], lab[..., 2]) / 40 - 0.5,
        local / max(2.0, 2 * spread) / 4,
        roughness(light),
        *seed_shares(lab, seeds),
        2 * person - 1,
        2 * inside - 1,
        signed_distance(fill(SHAPE, [points[OVAL]]), 0.25 * height),
        signed_distance(lips, 0.1 * height),
        signed_distance(nose, 0.1 * height),
        features,
        *places(face),
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
