"""Edges that masks alone have drawn."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import find_boundaries
from torch import Tensor

from evaluating.measures import LUMA
from evaluating.region_labels import Labels

SOFT = 1.5  # px of the blur that a border's direction is read from
ON = 1.5  # px from a border
CALM = 3  # px about which the content must have no edge
LEAST = 100  # px of calm border that are enough to speak of
Grey = NDArray[np.floating]


def hard_edges(result: Tensor, content: Tensor, labels: Labels) -> float | None:
    """How much steeper luminance is across region borders than along them.

    In 8-bit codes a px, beyond what the content has. Only where the content is calmer
    than over half of the picture: there a border is no part of what is shown, and an
    edge along it was drawn by the masks. Strokes and texture that know nothing of the
    border go either way alike.

    Args:
        result: (1, 3, H, W) in [0, 1].
        content: Likewise.
        labels: Of the content, of that size.

    Returns:
        None where the content leaves too little calm border to measure.
    """
    distance, across = _borders(labels)
    steep = torch.from_numpy(np.hypot(*_slopes(content)))[None, None]
    near = F.max_pool2d(steep, 2 * CALM + 1, stride=1, padding=CALM)[0, 0]
    place = (near <= near.median()).numpy() & (distance <= ON)
    if place.sum() < LEAST:
        return None
    before, after = (_preference(_slopes(i), across, place) for i in (content, result))
    return after - before


def _preference(
    slopes: tuple[Grey, Grey], across: tuple[Grey, Grey], place: NDArray[np.bool_]
) -> float:
    """Mean slope across the borders less that along them."""
    (x, y), (u, v) = slopes, across
    return float((np.abs(x * u + y * v) - np.abs(x * v - y * u))[place].mean())


def _slopes(image: Tensor) -> tuple[Grey, Grey]:
    """(H, W) of the luminance's slope along x and along y, 8-bit codes a px."""
    luma = 255 * torch.einsum("c,bchw->hw", torch.tensor(LUMA), image).numpy()
    along_y, along_x = np.gradient(luma)
    return along_x, along_y


def _borders(labels: Labels) -> tuple[Grey, tuple[Grey, Grey]]:
    """(H, W) px to the nearest border, and the unit vector across it, x and y."""
    codes = labels.owner.numpy()
    border = find_boundaries(codes, connectivity=2)
    steepest, x, y = (np.zeros(codes.shape, np.float32) for _ in range(3))
    for region in np.unique(codes):
        inside = (codes == region).astype(np.float32)
        along_y, along_x = np.gradient(cv2.GaussianBlur(inside, (0, 0), SOFT))
        size = np.hypot(along_x, along_y)
        x, y = (
            np.where(size > steepest, a, b) for a, b in ((along_x, x), (along_y, y))
        )
        steepest = np.maximum(size, steepest)
    away: Grey = np.full(codes.shape, np.inf)
    if border.any():
        away = ndimage.distance_transform_edt(~border)
    unit = np.maximum(steepest, 1e-9)
    return away, (x / unit, y / unit)
