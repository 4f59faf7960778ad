"""The nets by MediaPipe's solutions, which it had up to 0.10.21, and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def _boxes(found: Any) -> np.ndarray:
    hits = found.detections or []
    boxes = [(hit.location_data.relative_bounding_box, hit.score[0]) for hit in hits]
    rows = [(box.xmin, box.ymin, box.width, box.height, s) for box, s in boxes]
    return np.array(rows).reshape(-1, 5)


def _face(found: Any) -> np.ndarray:
    return _points((found.multi_face_landmarks or [None])[0])


def _pose(found: Any) -> np.ndarray:
    return _points(found.pose_landmarks)


def _points(landmarks: Any) -> np.ndarray:
    points = landmarks.landmark if landmarks else []
    return np.array([(point.x, point.y) for point in points]).reshape(-1, 2)


def _mask(found: Any) -> np.ndarray:
    return found.segmentation_mask


FACES, PERSONS = (
    "face_detection.FaceDetection",
    "selfie_segmentation.SelfieSegmentation",
)
ONE_FACE = {"static_image_mode": True, "max_num_faces": 1, "refine_landmarks": True}
NETS: dict[str, tuple[str, dict[str, Any], Callable[[Any], np.ndarray]]] = {
    "short": (FACES, {"model_selection": 0}, _boxes),
    "full": (FACES, {"model_selection": 1}, _boxes),
    "landmarks": ("face_mesh.FaceMesh", ONE_FACE, _face),
    "pose": ("pose.Pose", {"static_image_mode": True}, _pose),
    "square": (PERSONS, {"model_selection": 0}, _mask),
    "landscape": (PERSONS, {"model_selection": 1}, _mask),
}
"""Module and class of each net, its options, and who reads what it finds."""


@contextmanager
def opened(net: str, min_score: float) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """A net as ``automask.mediapipe.opening.opened`` describes it."""
    from mediapipe import solutions

    place, options, read = NETS[net]
    module, name = place.split(".")
    if place != PERSONS:
        options = options | {"min_detection_confidence": min_score}
    with getattr(getattr(solutions, module), name)(**options) as model:
        yield lambda pixels: read(model.process(pixels))
