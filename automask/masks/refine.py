"""Refinements of masks: soft where the image is uncertain, sharp along its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.combine import PARENTS, grown, leaves, nested
from automask.masks.soft import SoftMasks

Refine = Callable[[SoftMasks, Tensor], SoftMasks]
"""A callable from masks and their (1, 3, H, W) image to masks of the same names."""

MAX_SHARE = 0.1  # of the longer side; a wider blur leaves no region
LEAST_SIGMA = 0.1  # px; cv2 can make no kernel for less
LEAST_PROBABILITY = 0.02  # nets are surer than they are right
BYTE = 255  # cv2's edge-aware filters measure colour in 8-bit codes


@dataclass(frozen=True)
class Blur:
    """Gaussian blur (Zhao et al. 2017, Section 5.3).

    Args:
        share: Sigma as a share of the longer side, 0 to 0.1, so that masks are as soft
            at any size. 0.004 is 2 px of 512; 0 changes nothing.
    """

    share: float = 0.004

    def __post_init__(self) -> None:
        check_range("share", self.share, 0, MAX_SHARE)

    def __call__(self, masks: SoftMasks, image: Tensor) -> SoftMasks:
        """Blur each mask; the image is not looked at."""
        sigma = self.share * max(masks.probs.shape[-2:])
        if sigma < LEAST_SIGMA:
            return masks

        def blurred(plane: np.ndarray) -> np.ndarray:
            return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)

        return filtered(masks, blurred, masks.names)


@dataclass(frozen=True)
class GuidedFilter:
    """Masks that follow the image's edges (He et al. 2013), by one linear filter.

    It is local and fast, and pulls a border that is a few pixels off to its edge. Parts
    of the face, smaller than its window, would be smeared, and are left to the blur.

    Args:
        radius: Of the window, as a share of the longer side, 0 to 0.1.
        epsilon: Variance of the image, on values in [0, 1], below which it counts as
            flat and the mask is averaged.
        share: Of a last blur, see ``Blur``.
    """

    radius: float = 0.016
    epsilon: float = 1e-3
    share: float = 0.002

    def __post_init__(self) -> None:
        check_range("radius", self.radius, 0, MAX_SHARE)
        check_range("epsilon", self.epsilon, 1e-8, 1)
        check_range("share", self.share, 0, MAX_SHARE)

    def __call__(self, masks: SoftMasks, image: Tensor) -> SoftMasks:
        """Filter each mask with the image as its guide, then blur."""
        radius = max(1, round(self.radius * max(image.shape[-2:])))
        # In 8-bit codes: on [0, 1] cv2 takes the colours' covariance for singular.
        guide = cv2.ximgproc.createGuidedFilter(
            color_codes(image), radius, self.epsilon * BYTE**2
        )
        large = [name for name in masks.names if PARENTS.get(name) in (None, "person")]
        return Blur(self.share)(filtered(masks, guide.filter, large), image)


@dataclass(frozen=True)
class MeanField:
    """A dense conditional random field by mean-field steps, as in CRF-RNN.

    Each step passes every pixel's label to the pixels nearby that look alike, then adds
    what the masks themselves say (Krähenbühl & Koltun 2011, Algorithm 1, with a Potts
    model). In place of their bilateral filter stands the domain transform (Gastal &
    Oliveira 2011), which leaks across no edge and takes milliseconds.

    Args:
        steps: Of mean field, at least 1.
        spatial: Distance over which labels are passed, as a share of the longer side, 0
            to 0.1.
        color: Difference of colour, in 8-bit codes, that stops them.
        weight: Of the messages against the masks; 0 leaves the masks as they are.
        share: Of a last blur, see ``Blur``.
    """

    steps: int = 5
    spatial: float = 0.03
    color: float = 25.0
    weight: float = 3.0
    share: float = 0.002

    def __post_init__(self) -> None:
        if type(self.steps) is not int or not 1 <= self.steps <= 100:
            raise ValueError(
                f"masks.refine.steps must be a whole number from 1, got {self.steps!r}"
            )
        check_range("spatial", self.spatial, 1e-4, MAX_SHARE)
        check_range("color", self.color, 1, 1000)
        check_range("weight", self.weight, 0, 100)
        check_range("share", self.share, 0, MAX_SHARE)

    def __call__(self, masks: SoftMasks, image: Tensor) -> SoftMasks:
        """Refine the regions side by side, nest them again, and blur."""
        if len(masks.names) < 2:
            return masks
        codes = color_codes(image)
        probs = leaves(masks).probs.numpy()
        unary = np.log(np.clip(probs, LEAST_PROBABILITY, 1))
        sigma = self.spatial * max(image.shape[-2:])
        transform = cv2.ximgproc.createDTFilter(
            codes, sigma, self.color, cv2.ximgproc.DTF_RF, 2
        )
        for _ in range(self.steps):
            messages = np.stack([transform.filter(plane) for plane in probs])
            energy = unary + self.weight * messages
            probs = np.exp(energy - energy.max(0))
            probs = (probs / probs.sum(0)).astype(np.float32)
        planes = dict(zip(masks.names, torch.from_numpy(probs), strict=True))
        return Blur(self.share)(grown(masks.replaced(planes)), image)


def check_range(key: str, value: object, least: float, most: float) -> None:
    """Refuse what is no number from least to most, naming its key."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(
            f"masks.refine.{key} must be a number from {least:g} to {most:g}, "
            f"got {value!r}"
        )


def filtered(
    masks: SoftMasks,
    change: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str],
) -> SoftMasks:
    """Filter these masks one by one, and keep the parts inside what they belong to."""
    if not masks.names:
        return masks
    probs = masks.by_name()
    for name in names:
        probs[name] = torch.from_numpy(change(probs[name].numpy())).clamp(0, 1)
    return nested(masks.replaced(probs))


def color_codes(image: Tensor) -> np.ndarray:
    """(H, W, 3) 8-bit codes as floats of a (1, 3, H, W) image in [0, 1]."""
    planes = (image[0] * BYTE).permute(1, 2, 0).contiguous()
    return planes.numpy().astype(np.float32)


def one_hot(masks: SoftMasks) -> SoftMasks:
    """Each pixel in the one region that is most probable there (Fig. 21's masks).

    A pixel of the mouth is then neither skin nor person.
    """
    if not masks.names:
        return masks
    best = leaves(masks).probs.argmax(0)
    probs = torch.nn.functional.one_hot(best, len(masks.names)).permute(2, 0, 1)
    return masks.replaced(dict(zip(masks.names, probs.float(), strict=True)))
