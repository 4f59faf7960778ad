"""The sky of photographs and paintings, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.arrays import (
    at_most,
    local_deviation,
    smoothed,
    to_bytes,
    to_lab,
)
from automask.masks.soft import SoftMasks

SOURCE = "colour and calm of the sky"
SIDE = 192  # px of the longer side at which the sky is looked for
BINS = (12, 10, 10, 4)  # of lightness, a, b, roughness
CHROMA, ROUGHEST = 60.0, 3.2  # largest that bins tell apart: of Lab; log(1 + L's std)
CUTS = (0.15, 0.35, 0.55)  # heights at which the sky may end, for the first guesses
ROUNDS = 6
MOST = 4.0  # log ratio: no colour alone decides
HIGHER = 2.8  # gain in log odds from the middle of the picture to its top, at most 1.05
NEIGHBOURS = 6.0  # weight of what lies about a pixel
SPATIAL, COLOR = 20.0, 30.0  # px and 8-bit codes over which neighbours count
LEAST, LARGEST = 0.02, 0.9  # share of the picture that a sky can have
LARGEST_STAR = 0.05  # share of the picture that belongs to the sky if that encloses it
DOUBT = 0.15  # of evidence beyond the least, over which a sky comes to be trusted


@dataclass(frozen=True)
class Sky:
    """Source of the mask "sky": what reaches down from the upper border.

    Sky and the rest are told apart by their colours and roughness, both learned from
    the picture itself, in turns with where they lie: sky hangs together from the upper
    border down, and borders follow edges. Several first guesses (what is high up, calm,
    blue, or light) are followed, and the one that parts the picture best is taken. A
    painter's sky may so be orange or in swirls; it has only to differ from the ground.

    Where nothing parts well there is no sky, and where little more parts than must, it
    is trusted little: of 94 pictures 19 parted by 0.45 to 0.6, half of them rightly,
    and 35 by more, where the only mistakes were plain walls. Indoors such a wall passes
    for a sky, which matters little: it too is the calm ground behind things.

    Args:
        evidence: How far the colours of both must part, from 0 (alike) to 1 (nothing in
            common), for the sky to be believed. At the default, of some 75 photographs
            and paintings looked at, three showed a sky that is none (a dune, and two
            plain walls), and a few lacked theirs: white above snow, flat prints.
    """

    evidence: float = 0.45

    def __post_init__(self) -> None:
        if not isinstance(self.evidence, int | float) or not 0 <= self.evidence < 1:
            raise ValueError(
                "evidence of a sky must be a number from 0 to below 1, "
                f"got {self.evidence!r}"
            )

    def __call__(self, image: Tensor) -> SoftMasks:
        """One mask, "sky", of a (1, 3, H, W) image; zero where there is none."""
        pixels = to_bytes(image)
        found, parting = best_sky(at_most(pixels, SIDE))
        trust = min(max((parting - self.evidence) / DOUBT, 0.0), 1.0)
        sky = along_edges(pixels, found * np.float32(trust > 0))
        plane = torch.from_numpy(sky)[None]
        return SoftMasks(("sky",), plane, (SOURCE,), confidence=(trust,))


def best_sky(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """(H, W) probability of the likeliest sky, and how well it parts from the rest."""
    best, found = -1.0, np.zeros(pixels.shape[:2], np.float32)
    lab = to_lab(pixels)
    rough = np.log1p(local_deviation(lab[..., 0]))
    bins = histogram_bins(cv2.GaussianBlur(lab, (0, 0), 1), rough)
    neighbours = cv2.ximgproc.createDTFilter(
        pixels.astype(np.float32), SPATIAL, COLOR, cv2.ximgproc.DTF_RF, 1
    )
    for guess in first_guesses(lab, rough):
        sky = settled(guess, bins, neighbours)
        if sky is not None and (parting := contrast(sky, bins, rough)) > best:
            best, found = parting, sky
    return with_stars(found), best


def histogram_bins(lab: np.ndarray, rough: np.ndarray) -> np.ndarray:
    """(H, W) index of each pixel's bin in the flat histogram."""
    shares = (
        lab[..., 0] / 100,
        (lab[..., 1] + CHROMA) / (2 * CHROMA),
        (lab[..., 2] + CHROMA) / (2 * CHROMA),
        rough / ROUGHEST,
    )
    cells = [
        np.clip((share * count).astype(int), 0, count - 1)
        for share, count in zip(shares, BINS, strict=True)
    ]
    return np.ravel_multi_index(tuple(cells), BINS)


def first_guesses(lab: np.ndarray, rough: np.ndarray) -> Iterator[np.ndarray]:
    """(H, W) probabilities of a sky to begin with."""
    down = np.linspace(0, 1, len(lab))[:, None] * np.ones(lab.shape[1])
    for cut in CUTS:
        yield logistic((cut - down) / 0.06)
    high = logistic((0.5 - down) / 0.1)
    light, blue = lab[..., 0], -lab[..., 2]
    for sign, spread in ((-rough, 0.15), (blue, 4.0), (light, 6.0)):
        yield high * logistic((sign - np.median(sign)) / spread)


def settled(
    sky: np.ndarray, bins: np.ndarray, neighbours: cv2.ximgproc.DTFilter
) -> np.ndarray | None:
    """Learn both sides' colours and redraw the sky, in turns; None if it vanishes."""
    rows = np.linspace(0.5, -0.5, len(sky))[:, None]
    higher = np.clip(rows * HIGHER, -1.4, 1.05)
    for _ in range(ROUNDS):
        if not LEAST < sky.mean() < LARGEST:
            return None
        ratio = np.log(histogram(bins, sky) / histogram(bins, 1 - sky))[bins]
        odds = np.clip(ratio, -MOST, MOST) + higher
        sky = logistic(odds)
        for _ in range(2):
            near = neighbours.filter(sky.astype(np.float32))
            sky = logistic(odds + NEIGHBOURS * (near - 0.5))
        sky = (sky * from_above(sky)).astype(np.float32)
    return sky if LEAST < sky.mean() < LARGEST else None


def histogram(bins: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """How often each bin comes, smoothed; sums to 1 and is nowhere 0."""
    counts = np.bincount(bins.ravel(), weight.ravel(), int(np.prod(BINS)))
    sigmas = (0.8, 0.8, 0.8, 0.6)
    smooth = smoothed(counts.reshape(BINS), sigmas, cv2.BORDER_REPLICATE)
    smooth += 1e-6 * max(float(weight.sum()), 1e-6)
    return (smooth / smooth.sum()).ravel()


def from_above(sky: np.ndarray) -> np.ndarray:
    """(H, W) 1 where a pixel hangs together with the upper border, with a soft rim."""
    regions = connected(sky > 0.5)
    upper = np.unique(regions[: max(1, len(sky) // 50)])
    return soft_rim(np.isin(regions, upper[upper > 0]))


def with_stars(sky: np.ndarray) -> np.ndarray:
    """(H, W) the sky with what it encloses: sun, moon, stars, a cloud."""
    holes = connected(sky <= 0.5)
    small = np.bincount(holes.ravel()) <= LARGEST_STAR * sky.size
    for outermost in (holes[0], holes[-1], holes[:, 0], holes[:, -1]):
        small[outermost] = False
    small[0] = False  # the sky itself
    return np.maximum(sky, soft_rim(small[holes]))


def connected(region: np.ndarray) -> np.ndarray:
    """(H, W) numbers of the parts that hang together by their sides; 0 outside."""
    return cv2.connectedComponents(region.astype(np.uint8), connectivity=4)[1]


def soft_rim(region: np.ndarray) -> np.ndarray:
    """(H, W) 1 in a region, with a rim that falls to 0 outside."""
    return np.clip(2 * cv2.GaussianBlur(region.astype(np.float32), (0, 0), 2), 0, 1)


def contrast(sky: np.ndarray, bins: np.ndarray, rough: np.ndarray) -> float:
    """How believable a sky is: what part of both histograms is not shared.

    Less for a sky that is rougher than the ground, or leaves most of the upper border,
    or reaches the lower one.
    """
    alike = np.sqrt(histogram(bins, sky) * histogram(bins, 1 - sky)).sum()
    mean = [np.average(rough, weights=each) for each in (sky, 1 - sky)]
    upper = (sky[: max(1, len(sky) // 40)] > 0.5).mean()
    lower = (sky[-max(1, len(sky) // 20) :] > 0.5).mean()
    rougher = max(0.0, mean[0] - mean[1] - 0.05) / 2
    return float(1 - alike - rougher - max(0.0, 0.3 - upper) - lower)


def along_edges(pixels: np.ndarray, small: np.ndarray) -> np.ndarray:
    """A map enlarged to the picture's size, its borders drawn to the edges there."""
    height, width = pixels.shape[:2]
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(1.5 * width / small.shape[1]))
    guided = cv2.ximgproc.guidedFilter(pixels.astype(np.float32), large, radius, 60.0)
    return np.clip(guided, 0, 1).astype(np.float32)


def logistic(odds: np.ndarray) -> np.ndarray:
    """Probability of log odds."""
    return 1 / (1 + np.exp(-odds))
