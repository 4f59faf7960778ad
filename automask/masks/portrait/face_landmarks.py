"""Find faces and their landmarks with MediaPipe's bundled models, at every scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from torch import Tensor

from automask.masks.arrays import crop, resized, to_bytes
from automask.masks.portrait.face_detection import Sighting, same, seen_faces
from automask.mediapipe.opening import Run, opened

MARGINS = (2.0, 1.5, 3.0)  # sides of crops, over that of a face as detected
# Measured on a dog in 34 views and 130 pictures of persons, painted and photographed.
SURE = {"short": 0.83, "full": 0.69}  # score from which a detector is believed
STEADY = 0.03  # of a face's size that its landmarks may move


@dataclass(frozen=True)
class Face:
    """Landmarks of one face.

    Args:
        points: (478, 2) x and y in px, in MediaPipe's order.
    """

    points: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """(2,) middle of the bounding box, px."""
        return (self.points.max(0) + self.points.min(0)) / 2

    @property
    def size(self) -> float:
        """Longer side of the bounding box, px."""
        return float((self.points.max(0) - self.points.min(0)).max())

    @property
    def up(self) -> np.ndarray:
        """(2,) unit vector from the chin to the forehead."""
        up = self.points[10] - self.points[152]
        return up / max(float(np.hypot(*up)), 1e-6)

    @property
    def across(self) -> np.ndarray:
        """(2,) unit vector at right angles to ``up``."""
        return np.array([-self.up[1], self.up[0]])

    @property
    def height(self) -> float:
        """From the forehead to the chin, px.

        In profile or from below the mesh is foreshortened: its width then stands in.
        """
        along, sideways = self.points @ self.up, self.points @ self.across
        return float(max(np.ptp(along), np.ptp(sideways) / 0.95))


def find_faces(image: Tensor) -> list[Face]:
    """Landmarks of all faces in a (1, 3, H, W) image in [0, 1], the largest first.

    Detection depends on scale, so both bundled detectors see a small pyramid of views;
    the landmarks are then fitted in a crop about each face. Faces turned by up to a
    right angle are found.
    """
    pixels = to_bytes(image)
    groups = seen_faces(pixels)
    if not groups:
        return []
    # The detectors have been convinced already: here one sighting is enough.
    with opened("landmarks", min_score=0.3) as mesh:
        fitted = [
            fit(mesh, pixels, group)
            for group in groups
            if not is_doubtful(group) or is_steady(mesh, pixels, group)
        ]
    faces: list[Face] = []
    for face in fitted:
        if face is not None and not any(same(face, other) for other in faces):
            faces.append(face)
    return sorted(faces, key=lambda face: -face.size)


def is_doubtful(group: Sequence[Sighting]) -> bool:
    """Whether it may be an animal's face.

    The short-range detector takes dogs for persons, in view after view. The full-range
    one sees them hardly ever, but most painted faces.
    """
    names = [seen.detector for seen in group]
    short, full = names.count("short"), names.count("full")
    sure = any(seen.score >= SURE[seen.detector] for seen in group)
    return short >= 3 and short >= 3 * full and not sure


def is_steady(mesh: Run, pixels: np.ndarray, group: Sequence[Sighting]) -> bool:
    """Whether the landmarks stay in place from crop to crop and in the mirror image.

    On what is no person's face they wander.
    """
    fits = []
    for margin, mirrored in product(MARGINS, (False, True)):
        points = fit_in(mesh, pixels, group, margin, mirrored=mirrored)
        if points is None:
            return False
        fits.append(_anchors(points, mirrored=mirrored))
    size = float(np.median([seen.size for seen in group]))
    apart = (((one - two) ** 2).sum(1).mean() for one, two in combinations(fits, 2))
    return bool(max(apart) <= (STEADY * size) ** 2)


def _anchors(points: np.ndarray, *, mirrored: bool) -> np.ndarray:
    """(4, 2): both eyes, nose and mouth of (478, 2) landmarks."""
    eyes = [points[[33, 133]].mean(0), points[[263, 362]].mean(0)]
    return np.stack(
        [*eyes[:: -1 if mirrored else 1], points[1], points[[13, 14]].mean(0)]
    )


def fit(mesh: Run, pixels: np.ndarray, group: Sequence[Sighting]) -> Face | None:
    """Landmarks inside a crop about the sightings; wider crops if that fails."""
    tries = (fit_in(mesh, pixels, group, margin) for margin in MARGINS)
    return next((Face(points) for points in tries if points is not None), None)


def fit_in(
    mesh: Run,
    pixels: np.ndarray,
    group: Sequence[Sighting],
    margin: float,
    *,
    mirrored: bool = False,
) -> np.ndarray | None:
    """(478, 2) landmarks, px, inside a crop so many times as large as the sightings."""
    x, y = np.median([seen.centre for seen in group], axis=0)
    half = margin * float(np.median([seen.size for seen in group])) / 2
    window = crop(pixels, x - half, y - half, x + half, y + half)
    shown = resized(window, 384, 384)
    points = mesh(np.ascontiguousarray(shown[:, ::-1]) if mirrored else shown)
    if not len(points):
        return None
    points = points.astype(np.float32)
    if mirrored:
        points[:, 0] = 1 - points[:, 0]
    return points * window.shape[0] + np.round([x - half, y - half]).astype(np.float32)
