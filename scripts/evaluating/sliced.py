"""Distance of two distributions by what they look like from many sides.

Sliced Wasserstein distance (Rabin et al. 2011): both sets of points are projected on
directions and sorted there; what lies between the sorted projections is the cost of
moving one set onto the other.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DIRECTIONS, COLOR_DIRECTIONS = 128, 64
LEVELS = np.linspace(0, 1, 1024)  # quantiles at which the projections are compared
Points = NDArray[np.float32]


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
