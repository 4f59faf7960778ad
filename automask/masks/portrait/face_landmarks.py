"""Find faces and their landmarks with MediaPipe's bundled models, at every scale."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from torch import Tensor

from automask.masks.arrays import crop, resized, to_bytes
from automask.masks.portrait.mediapipe_models import opened

MAX_SQUARES = 12  # that a panorama is cut into
# Measured on about 230 photographs and paintings: textures (city lights, a rose,
# stained glass) now and then pass one detector in a view or two, while faces, painted
# ones too, are seen in view after view. The full-range detector errs less often.
MIN_SCORE = {"short": 0.65, "full": 0.62}
MIN_SIGHTINGS = {"short": 3, "full": 2}

Window = tuple[float, float, float, float]
"""Left, top, right, bottom in px; may leave the picture."""


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


@dataclass(frozen=True)
class Sighting:
    """One detector's box: centre (2,) and side in px, and how sure it is."""

    centre: np.ndarray
    size: float
    score: float
    detector: str


def find_faces(image: Tensor) -> list[Face]:
    """Landmarks of all faces in a (1, 3, H, W) image in [0, 1], the largest first.

    Detection depends on scale, so both bundled detectors see a small pyramid of views;
    the landmarks are then fitted in a crop about each face. Faces turned by up to a
    right angle are found.
    """
    pixels = to_bytes(image)
    groups = grouped(sightings(pixels))
    if not groups:
        return []
    # The detectors have been convinced already: here one sighting is enough.
    options = dict(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
    with opened("face_mesh.FaceMesh", min_detection_confidence=0.3, **options) as mesh:
        fitted = [fit(mesh, pixels, group) for group in groups]
    faces: list[Face] = []
    for face in fitted:
        if face is not None and not any(same(face, other) for other in faces):
            faces.append(face)
    return sorted(faces, key=lambda face: -face.size)


def same(one: Face | Sighting, other: Face | Sighting) -> bool:
    """Whether two boxes show one face: near centres and like sizes."""
    smaller, larger = sorted((one.size, other.size))
    apart = np.hypot(*(one.centre - other.centre))
    return bool(apart < 0.5 * larger and larger < 2 * smaller)


def views(height: int, width: int) -> list[tuple[Window, int]]:
    """Windows of a picture, px, and the longer side to show each at.

    Whole picture at two sizes, zoomed out for faces that fill it, four overlapping
    tiles for small faces, and squares along a picture that is wider or taller than 2:1.
    """
    whole = (0.0, 0.0, float(width), float(height))
    y, x = 0.25 * height, 0.25 * width
    zoomed = (-x, -y, width + x, height + y)
    tiles = [
        (a * width, b * height, (a + 0.6) * width, (b + 0.6) * height)
        for a, b in product((0.0, 0.4), repeat=2)
    ]
    short, long = sorted((height, width))
    if long > 2 * short:
        count = min(MAX_SQUARES, 2 * (long // short))
        for start in (i * (long - short) / (count - 1) for i in range(count)):
            left, top = (start, 0.0) if width == long else (0.0, start)
            tiles.append((left, top, left + short, top + short))
    return [(whole, 192), (whole, 384), (zoomed, 192), *((tile, 288) for tile in tiles)]


def sightings(pixels: np.ndarray) -> list[Sighting]:
    """What both detectors see in every view."""
    found = []
    for selection, name in enumerate(("short", "full")):
        with opened(
            "face_detection.FaceDetection",
            model_selection=selection,
            min_detection_confidence=0.5,
        ) as model:
            for (left, top, right, bottom), side in views(*pixels.shape[:2]):
                w, h = right - left, bottom - top
                scale = side / max(w, h)
                view = resized(
                    crop(pixels, left, top, right, bottom),
                    max(8, round(h * scale)),
                    max(8, round(w * scale)),
                )
                for hit in model.process(view).detections or []:
                    box = hit.location_data.relative_bounding_box
                    x = left + (box.xmin + box.width / 2) * w
                    y = top + (box.ymin + box.height / 2) * h
                    size = max(box.width * w, box.height * h)
                    found.append(Sighting(np.array([x, y]), size, hit.score[0], name))
    return found


def grouped(found: list[Sighting]) -> list[list[Sighting]]:
    """Sightings of the same face together; only faces with enough evidence.

    One of them must seem sure enough, and there must be enough of them.
    """
    groups: list[list[Sighting]] = []
    for seen in sorted(found, key=lambda s: -s.score):
        known = next((group for group in groups if same(group[0], seen)), None)
        if known is None:
            groups.append([seen])
        else:
            known.append(seen)
    return [
        group
        for group in groups
        if any(seen.score >= MIN_SCORE[seen.detector] for seen in group)
        and len(group) >= min(MIN_SIGHTINGS[seen.detector] for seen in group)
    ]


def fit(mesh: Any, pixels: np.ndarray, group: list[Sighting]) -> Face | None:
    """Landmarks inside a crop about the sightings; wider crops if that fails."""
    x, y = np.median([seen.centre for seen in group], axis=0)
    size = float(np.median([seen.size for seen in group]))
    for margin in (2.0, 1.5, 3.0):
        half = margin * size / 2
        window = crop(pixels, x - half, y - half, x + half, y + half)
        result = mesh.process(resized(window, 384, 384))
        if result.multi_face_landmarks:
            points = [(p.x, p.y) for p in result.multi_face_landmarks[0].landmark]
            corner = np.round([x - half, y - half])
            return Face(np.array(points, np.float32) * window.shape[0] + corner)
    return None
