"""Where persons are: MediaPipe's bundled selfie segmentation, checked for evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.arrays import at_most, crop, resized, to_bytes
from automask.masks.portrait.face_detection import Window
from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.soft import SoftMasks
from automask.mediapipe.opening import Net, Run, opened

SOURCE = "mediapipe selfie segmentation"
# The bundled model takes tomatoes, cats and waves for persons with probability 1, so
# its map alone is no evidence. A person needs a face, or, seen from behind, a pose; at
# this confidence no pose was found in about 200 pictures without persons.
MIN_POSE = 0.85
FOREGROUND = 0.3  # probability from which pixels hang together as one body
NETS: dict[Net, tuple[int, int]] = {"square": (256, 256), "landscape": (144, 256)}
"""The nets, and the height and width that each was made for."""


def segment_person(image: Tensor, faces: Sequence[Face] | None = None) -> SoftMasks:
    """Soft mask "person" of all persons together; zero where there is no evidence.

    Faces are looked for if they are not given.
    """
    faces = find_faces(image) if faces is None else faces
    pixels = to_bytes(image)
    evidence = [bounds(face.points) for face in faces] or pose_bounds(pixels)
    mask = np.zeros(pixels.shape[:2], np.float32)
    if evidence:
        windows = [body_window(face) for face in faces] or evidence
        mask = bodies_at(probability(pixels, windows), evidence)
    return SoftMasks(("person",), torch.from_numpy(mask)[None], (SOURCE,))


def bounds(points: np.ndarray, margin: float = 0.0) -> Window:
    """The window about points, widened by a share of its longer side."""
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    more = margin * max(right - left, bottom - top)
    return left - more, top - more, right + more, bottom + more


def body_window(face: Face) -> Window:
    """Where the head and the upper body that belong to a face lie."""
    x, y = face.centre.tolist()
    up, side, down = 1.5 * face.size, 2.5 * face.size, 3.5 * face.size
    return x - side, y - up, x + side, y + down


def pose_bounds(pixels: np.ndarray) -> list[Window]:
    """A window about the one body that a confident pose detector finds, if any."""
    height, width = pixels.shape[:2]
    with opened("pose", min_score=MIN_POSE) as find_pose:
        points = find_pose(at_most(pixels, 512)) * [width, height]
    return [bounds(points, margin=0.1)] if len(points) else []


def probability(pixels: np.ndarray, windows: Sequence[Window]) -> np.ndarray:
    """(H, W) map from the whole picture and a closer look at each small window."""
    height, width = pixels.shape[:2]
    with ExitStack() as stack:
        models = {
            shape: stack.enter_context(opened(net)) for net, shape in NETS.items()
        }
        mask = agreed(models, pixels)
        for left, top, right, bottom in windows:
            x, y = max(0, round(left)), max(0, round(top))
            x1, y1 = min(width, round(right)), min(height, round(bottom))
            if 0 < (x1 - x) * (y1 - y) < 0.6 * height * width:
                part = mask[y:y1, x:x1]
                np.maximum(part, agreed(models, crop(pixels, x, y, x1, y1)), out=part)
    return mask


def agreed(models: Mapping[tuple[int, int], Run], pixels: np.ndarray) -> np.ndarray:
    """Second highest of four opinions: both nets, on the picture and its mirror image.

    A single net loses turbans, hats and most painted persons and one net alone invents
    some; two that agree rarely do either.
    """
    maps = []
    for shape, model in models.items():
        small = resized(pixels, *shape)
        mirrored = np.ascontiguousarray(small[:, ::-1])
        maps += [model(small), model(mirrored)[:, ::-1]]
    size = pixels.shape[1::-1]
    maps = [cv2.resize(np.ascontiguousarray(each), size) for each in maps]
    return np.sort(np.stack(maps), axis=0)[-2].clip(0, 1)


def bodies_at(mask: np.ndarray, evidence: Sequence[Window]) -> np.ndarray:
    """Only the connected bodies that overlap the evidence."""
    count, labels = cv2.connectedComponents((mask > FOREGROUND).astype(np.uint8))
    proven = np.zeros(count, bool)
    for window in evidence:
        left, top, right, bottom = (max(0, round(side)) for side in window)
        proven[labels[top:bottom, left:right]] = True
    proven[0] = False
    bodies = proven[labels].astype(np.uint8)
    width = 2 * (max(mask.shape) // 64) + 1  # px: the soft rim, two cells of the net
    rim = cv2.dilate(bodies, np.ones((width, width), np.uint8)) > 0
    return mask * (rim & (proven[labels] | (labels == 0)))
