"""Whether the photograph's faces are found again in the picture, and how far off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from automask.masks.portrait.face_landmarks import Face, same

EYES = ((33, 133), (362, 263))  # MediaPipe's landmarks of each eye's corners


def landmark_distance(
    result: Sequence[Face], content: Sequence[Face]
) -> tuple[float | None, int]:
    """How far the landmarks of the faces that are found again have moved.

    Args:
        result: Faces of the picture.
        content: Those of the photograph at the same size in px.

    Returns:
        Mean distance in % of the photograph's distance between the eyes, None where
        no face is found again; and how many faces are not.
    """
    left, distances = [*result], []
    for face in content:
        near = [other for other in left if same(face, other)]
        if near:
            found = min(near, key=lambda other: _apart(face, other))
            left = [other for other in left if other is not found]
            distances.append(100 * _apart(face, found) / eye_distance(face))
    mean = float(np.mean(distances)) if distances else None
    return mean, len(content) - len(distances)


def eye_distance(face: Face) -> float:
    """Px between the middles of both eyes."""
    one, other = (face.points[[*corners]].mean(axis=0) for corners in EYES)
    return float(np.hypot(*(one - other)))


def _apart(face: Face, other: Face) -> float:
    """Mean distance of their landmarks, px."""
    return float(np.hypot(*(face.points - other.points).T).mean())
