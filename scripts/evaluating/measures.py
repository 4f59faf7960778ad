"""What is measured of matches and of finished pictures.

Distances of distributions are sliced Wasserstein distances (Rabin et al. 2011): both
sets of points are projected on directions and sorted there; what lies between the
sorted projections is the cost of moving one set onto the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
DIRECTIONS, COLOR_DIRECTIONS = 128, 64
LEVELS = np.linspace(0, 1, 1024)  # quantiles at which the projections are compared
Points = NDArray[np.float32]


def unit_patches(features: Tensor, *, center: bool, size: int = 3) -> Tensor:
    """(1, C, h, w) to (patches, C size²) unit vectors.

    Args:
        features: Activations of one image.
        center: Whether the mean activation is taken off first.
        size: Side of a patch, cells.
    """
    if center:
        features = features - features.mean(dim=(2, 3), keepdim=True)
    return F.normalize(F.unfold(features.float(), size)[0].T, dim=1)


def matches(query: Tensor, key: Tensor) -> Tensor:
    """Row of the nearest of ``key`` for each row of ``query``."""
    parts = [(part @ key.T).argmax(dim=1) for part in query.split(1024)]
    return torch.cat(parts)


def fine_energy(planes: Tensor) -> float:
    """Mean square above half the Nyquist frequency, in the units of the planes.

    Args:
        planes: (C, H, W), of which the mean is taken.
    """
    height, width = planes.shape[1:]
    window = torch.hann_window(height)[:, None] * torch.hann_window(width)
    window = window / window.square().mean().sqrt()
    planes = (planes - planes.mean(dim=(1, 2), keepdim=True)) * window
    y, x = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)
    high = (y.square() + x.square()).sqrt() > 0.25
    power = torch.fft.fft2(planes, norm="ortho").abs().square()
    return float((power * high).mean())


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def activation_distance(points: Tensor, others: Tensor) -> float:
    """Distance of activations (C, N) and (C, M), in root mean squares of the latter."""
    rng = torch.Generator().manual_seed(1)  # the same directions for each picture
    directions = torch.randn(DIRECTIONS, len(points), generator=rng).numpy()
    unit = float(others.square().mean().sqrt().clamp_min(1e-12))
    return _distance(points.numpy(), others.numpy(), directions) / unit


def color_distance(colors: Points, others: Points) -> float:
    """Distance of colours (3, N) and (3, M), in their units."""
    directions = np.random.RandomState(0).randn(COLOR_DIRECTIONS, 3)
    return _distance(colors, others, directions.astype(np.float32))


def _distance(points: Points, others: Points, directions: Points) -> float:
    """Mean over the directions; one by one, for all of them would fill the memory."""
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    costs = []
    for unit in units:
        ours, theirs = (np.quantile(unit @ each, LEVELS) for each in (points, others))
        costs.append(np.abs(ours - theirs).mean())
    return float(np.mean(costs))
