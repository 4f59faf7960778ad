"""Sky, water, foliage … of photographs and paintings, without any download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.arrays import at_most, resized, to_bytes
from automask.masks.soft import SoftMasks
from automask.masks.sources.class_probs import confidences, in_strides
from automask.masks.sources.region_net import (
    CLASSES,
    STRIDE,
    WEIGHTS,
    RegionNet,
    load_region_net,
)
from automask.masks.sources.sky import Sky

SOURCE = "region network"
SIDES = (224, 320)  # px of the longer side at which the network looks
EDGES = 448  # px of the longer side at which borders are drawn to edges
RADIUS, EDGE = 4, 60.0  # of the guided filter there, px and squared 8-bit codes
NO_MASKS = ("person", "backdrop")  # known elsewhere; the rest
LEAST = 0.01  # share of the picture that a region must be likeliest on
GUESSED, SURE = 0.45, 0.75  # mean probability where likeliest, of no use and right
ALIKE = (("foliage", "grass"), ("ground", "rock"))  # one region where it is unsure
SURELY = 0.6  # confidence from which two that are alike are told apart
AGREED = 0.25  # probability by the network of a sky that it sees, too
ALONE = 0.6  # confidence of a sky by its colours that counts for nothing without it
SKY = 0.5  # confidence of a sky below which it is looked for by its colours


@dataclass(frozen=True)
class Region:
    """(h, w) probability of a region, and how far it is to be trusted as a whole."""

    probs: np.ndarray
    confidence: float


@dataclass(frozen=True)
class Regions:
    """Source of what fills pictures that are no portraits.

    Args:
        weights: File of the network; null for the one that ships.
    """

    weights: str | None = None

    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of those regions that a (1, 3, H, W) image in [0, 1] shows."""
        pixels = to_bytes(image)
        net = load_region_net(Path(self.weights or WEIGHTS))
        probs = along_edges(pixels, region_probabilities(net, pixels))
        found = named_regions(probs)
        if "sky" not in found or found["sky"].confidence < SKY:
            found = with_sky(found, by_color(image, probs))
        height, width = image.shape[2:]
        planes = [cv2.resize(each.probs, (width, height)) for each in found.values()]
        empty = np.zeros((0, height, width), np.float32)
        return SoftMasks(
            tuple(found),
            torch.from_numpy(np.stack(planes) if planes else empty).clamp(0, 1),
            (SOURCE,) * len(found),
            confidence=tuple(each.confidence for each in found.values()),
        )


def named_regions(probs: np.ndarray) -> dict[str, Region]:
    """The regions that fill some of the picture, of (classes, h, w) probabilities."""
    planes = dict(zip(CLASSES, probs, strict=True))
    found = _regions(planes)
    for both in ALIKE:
        if any(n in found and found[n].confidence < SURELY for n in both):
            larger, smaller = sorted(both, key=lambda n: -planes[n].sum())
            planes[larger] = planes[larger] + planes.pop(smaller)
            found = _regions(planes)
    return found


def _regions(planes: Mapping[str, np.ndarray]) -> dict[str, Region]:
    """Those masks among side by side (h, w) probabilities that fill some of them."""
    probs = np.stack(list(planes.values()))
    shares = np.bincount(probs.argmax(0).ravel(), minlength=len(probs)) / probs[0].size
    trust = confidences(torch.from_numpy(probs), GUESSED, SURE)
    return {
        name: Region(plane, sure)
        for (name, plane), share, sure in zip(
            planes.items(), shares, trust, strict=True
        )
        if name not in NO_MASKS and share >= LEAST and sure > 0
    }


def by_color(image: Tensor, probs: np.ndarray) -> Region:
    """The sky by the picture's own colours, which painters choose freely.

    A sky that the network sees none of must part from the rest all the better, and what
    it takes for a wall is none.

    Args:
        image: (1, 3, H, W) in [0, 1].
        probs: (classes, h, w) by the network.
    """
    found = Sky()(image)
    sky = cv2.resize(found.probs[0].numpy(), probs.shape[:0:-1])
    inside = probs[:, sky > 0.5]
    if not inside.size or CLASSES[inside.mean(1).argmax()] == "backdrop":
        return Region(sky, 0.0)
    sure = found.confidence[0]
    if inside[CLASSES.index("sky")].mean() < AGREED:
        sure = max(0.0, (sure - ALONE) / (1 - ALONE))
    return Region(sky, sure)


def with_sky(found: dict[str, Region], sky: Region) -> dict[str, Region]:
    """Regions with a sky that the network is not sure of; the others give way to it."""
    seen = found.get("sky", Region(np.zeros_like(sky.probs), 0.0))
    if sky.confidence <= seen.confidence:
        return found
    rest = {
        name: Region(each.probs * (1 - sky.probs), each.confidence)
        for name, each in found.items()
        if name != "sky"
    }
    return {"sky": Region(np.maximum(sky.probs, seen.probs), sky.confidence), **rest}


@torch.no_grad()
def region_probabilities(net: RegionNet, pixels: np.ndarray) -> np.ndarray:
    """(classes, h, w) means over sizes and mirror images, of (H, W, 3) 8-bit RGB."""
    looks = []
    for side in SIDES:
        scale = side / max(pixels.shape[:2])
        height, width = (each * scale for each in pixels.shape[:2])
        small = in_strides(height, width, STRIDE)
        shown = torch.from_numpy(resized(pixels, *small)).permute(2, 0, 1)[None] / 255
        both = torch.cat([shown, shown.flip(3)])
        logits = net(both.contiguous(memory_format=torch.channels_last))
        looks.append((logits[:1] + logits[1:].flip(3)) / 2)
    size = looks[-1].shape[2:]
    alike = [F.interpolate(each, size, mode="bilinear") for each in looks]
    probs: np.ndarray = torch.stack(alike).mean(0).softmax(1)[0].numpy()
    return probs


def along_edges(pixels: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """(classes, h, w) enlarged, with borders that follow the picture's edges."""
    small = at_most(pixels, EDGES)
    size = small.shape[1::-1]
    planes = []
    for plane in probs:
        large = cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)
        if large.max() > 0.1:
            large = cv2.ximgproc.guidedFilter(small, large, RADIUS, EDGE)
        planes.append(large.clip(0, 1))
    stacked = np.stack(planes)
    return stacked / np.maximum(stacked.sum(0), 1e-6)
