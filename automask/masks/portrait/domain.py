"""Is a picture a photograph or an artwork? Six plain statistics and a logistic rule."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from automask.masks.arrays import at_most, local_deviation, to_bytes, to_lab

LONGEST = 384  # px at which strokes and grain are measured
STATISTICS = (
    "calmest",  # log roughness that 1 % of the px stay below
    "flat",  # share of px with nearly none
    "range",  # of log roughness, from its 20th to its 95th percentile
    "softest",  # fine against coarse detail where there is least, as behind a lens
    "finest",  # the same where there is much
    "paper",  # share of px that are nearly white
)
"""A photograph has sky, skin or blur that is smooth, and detail in few places; paint,
canvas and paper leave a trace everywhere."""

# scripts/train_domain.py
MEAN = (-0.509, 0.163, 2.479, -0.821, 0.348, 0.029)
SPREAD = (0.569, 0.175, 0.749, 0.408, 0.344, 0.087)
WEIGHTS = (1.487, -2.011, 1.032, 1.187, -0.749, 0.720)
BIAS = -0.840


def is_artwork(image: Tensor, domain: str, prior: float) -> bool:
    """Whether the domain says so, or by "auto" the picture, with a prior in (0, 1)."""
    return domain == "art" or (
        domain == "auto" and artwork_probability(image, prior) > 0.5
    )


def artwork_probability(image: Tensor, prior: float = 0.5) -> float:
    """How probable it is that a (1, 3, H, W) picture in [0, 1] is painted or drawn."""
    normal = (statistics(image) - np.array(MEAN)) / np.array(SPREAD)
    logit = float(normal @ np.array(WEIGHTS)) + BIAS + np.log(prior / (1 - prior))
    return float(1 / (1 + np.exp(-logit)))


def statistics(image: Tensor) -> np.ndarray:
    """(6,) the numbers named in STATISTICS, of a (1, 3, H, W) image in [0, 1]."""
    light = to_lab(at_most(to_bytes(image), LONGEST))[..., 0]
    rough = local_deviation(light)
    log_rough = np.log(rough + 0.3)
    blurred = [cv2.GaussianBlur(light, (0, 0), sigma) for sigma in (0.8, 1.6, 3.2)]
    fine = cv2.blur(np.abs(light - blurred[0]), (9, 9)) + 0.05
    coarse = cv2.blur(np.abs(blurred[1] - blurred[2]), (9, 9)) + 0.1
    detail = np.log(fine / coarse)
    return np.array(
        [
            np.percentile(log_rough, 1),
            (rough < 0.5).mean(),
            np.subtract(*np.percentile(log_rough, (95, 20))),
            np.percentile(detail, 10),
            np.percentile(detail, 80),
            (light > 95).mean(),
        ]
    )
