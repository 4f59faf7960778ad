"""Planted faces, and the photograph of one real face, found once for all tests."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import skimage.data
import torch
from torch import Tensor
from torch.nn import functional as F

from automask.masks import Face, Portrait, SoftMasks
from automask.masks.portrait.face_polygons import (
    BROWS,
    EYES,
    INNER_LIPS,
    LIPS,
    NOSE,
    OVAL,
)
from automask.mediapipe.net_file import come_along, is_whole

needs_nets = pytest.mark.skipif(
    not (come_along() or is_whole()),
    reason="MediaPipe's nets are not here; automask models fetches them",
)


def planted_face(x: float, y: float, height: float, turn: float = 0.0) -> Face:
    """An oval face with its parts in their places, turned by degrees clockwise."""
    points = np.zeros((478, 2), np.float32)
    places = [(OVAL, (0, 0), (0.8, 1)), (NOSE, (0, 0), (0.2, 0.3))]
    places += [(EYES[0], (-0.35, -0.2), (0.25, 0.1))]
    places += [(EYES[1], (0.35, -0.2), (0.25, 0.1))]
    places += [(LIPS, (0, 0.5), (0.4, 0.15)), (INNER_LIPS, (0, 0.5), (0.3, 0.05))]
    for ring, (u, v), (width, tall) in places:
        angle = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        points[ring] = np.stack([width * np.sin(angle), -tall * np.cos(angle)], 1)
        points[ring] += [u, v]
    for ring, u in zip(BROWS, (-0.35, 0.35), strict=True):
        band = np.linspace(-0.15, 0.15, 5)
        points[ring] = np.r_[
            np.c_[u + band, np.full(5, -0.43)], np.c_[u + band[::-1], np.full(5, -0.37)]
        ]
    a = np.radians(turn)
    rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return Face((points * height / 2 @ rotation.T + [x, y]).astype(np.float32))


@cache
def astronaut(side: int = 256) -> Tensor:
    """(1, 3, side, side) of a woman in a suit before a flag."""
    picture = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None] / 255
    return F.interpolate(picture, (side, side), mode="bilinear", antialias=True)


@cache
def astronaut_masks() -> SoftMasks:
    """Of the astronaut at 256 px, by the models that ship."""
    return Portrait()(astronaut())
