"""The nets by MediaPipe's tasks, which later versions have, out of our cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from automask.mediapipe import net_file

LEAST_FULL = 0.6  # score below which the solution's own detector sees no face


def _boxes(weights: np.ndarray, found: Any, width: int, height: int) -> np.ndarray:
    """What a detector found, undoing what the task does to its square boxes.

    It cuts their places and sizes to whole px, and moves into the picture a corner that
    lies beyond it. The middle of such a box is that of its key points, (6, 2).
    """
    sides, rows = np.array([width, height]), []
    for hit in found.detections:
        box = hit.bounding_box
        size = max(box.width, box.height) + 0.5  # px cut off, on average
        points = np.array([(point.x, point.y) for point in hit.keypoints])
        corner = np.array([box.origin_x, box.origin_y])
        by_points = weights @ points * sides - size / 2
        corner = np.where(corner > 0, corner + 0.5, np.minimum(by_points, 0.5))
        rows.append([*(corner / sides), *(size / sides), hit.categories[0].score])
    return np.array(rows).reshape(-1, 5)


def _face(found: Any, width: int, height: int) -> np.ndarray:
    return _points(found.face_landmarks)


def _pose(found: Any, width: int, height: int) -> np.ndarray:
    return _points(found.pose_landmarks)


def _points(found: Any) -> np.ndarray:
    points = found[0] if found else []
    return np.array([(point.x, point.y) for point in points]).reshape(-1, 2)


def _mask(found: Any, width: int, height: int) -> np.ndarray:
    return np.array(found.confidence_masks[0].numpy_view()).reshape(height, width)


# Weights of both eyes, nose, mouth and both ears in the middle of a box, fitted to what
# the solutions' detectors see on photographs and paintings: 1 % of the box off.
SHORT_RANGE = np.array([-0.083, -0.082, 0.021, 0.321, 0.412, 0.411])
FULL_RANGE = np.array([0.642, 0.641, -1.116, 1.072, -0.12, -0.119])
SCORES = {
    "FaceDetector": "min_detection_confidence",
    "FaceLandmarker": "min_face_detection_confidence",
    "PoseLandmarker": "min_pose_detection_confidence",
}
NETS: dict[str, tuple[str, Callable[[Any, int, int], np.ndarray]]] = {
    "short": ("FaceDetector", partial(_boxes, SHORT_RANGE)),
    "full": ("FaceDetector", partial(_boxes, FULL_RANGE)),
    "landmarks": ("FaceLandmarker", _face),
    "pose": ("PoseLandmarker", _pose),
    "square": ("ImageSegmenter", _mask),
    "landscape": ("ImageSegmenter", _mask),
}
"""Task of each net, and who reads what it finds in a picture so wide and high."""


@contextmanager
def opened(net: str, min_score: float) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """A net as ``automask.mediapipe.opening.opened`` describes it.

    Raises:
        ValueError: If the nets are not in the cache.
    """
    content = net_file.read(net)
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks.python import BaseOptions, vision

    task, read = NETS[net]
    least = max(min_score, LEAST_FULL) if net == "full" else min_score
    options = getattr(vision, f"{task}Options")(
        base_options=BaseOptions(model_asset_buffer=content),
        **({SCORES[task]: least} if task in SCORES else {}),
    )
    with getattr(vision, task).create_from_options(options) as model:
        run = model.segment if task == "ImageSegmenter" else model.detect

        def find(pixels: np.ndarray) -> np.ndarray:
            shown = Image(ImageFormat.SRGB, np.ascontiguousarray(pixels))
            return read(run(shown), pixels.shape[1], pixels.shape[0])

        yield find
