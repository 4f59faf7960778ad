"""What a fast network learns from: crops of photographs, with any masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.combine import BACKGROUND, PARENTS
from training.masked_photos import MaskedPhoto

CROP = 208  # px
LARGEST, SMALLEST = 640, 300  # px of a photograph's longer side
REAL, PLANTED = 0.4, 0.4  # chance of a photograph's own masks, and of made-up ones
RECOLORED = 0.75  # chance that the style's colours are given, as color=regions does
EMPHASIS = {"skin": 2.0, "hair": 1.5} | dict.fromkeys(
    ("eyes", "brows", "nose", "mouth", "lips", "ears"), 4.0
)
"""What a pixel counts in the content term by its region: faces stay faces."""


@dataclass(frozen=True)
class Sample:
    """A crop.

    Args:
        image: (1, 3, S, S) in [0, 1].
        masks: (R, S, S) adding up to at most 1.
        emphasis: (S, S) what each pixel counts in the content term.
        recolored: Whether the network gets it in the style's colours.
    """

    image: Tensor
    masks: Tensor
    emphasis: Tensor
    recolored: bool


def fast_sample(
    photo: MaskedPhoto, regions: Sequence[str], rng: np.random.Generator
) -> Sample:
    """A crop of a photograph at a random size, perhaps mirrored or strangely lit."""
    image, planes = _crop(photo, rng)
    emphasis = torch.ones(CROP, CROP)
    for name, plane in zip(photo.names, planes, strict=True):
        emphasis += (EMPHASIS.get(name, 1.0) - 1) * plane
    draw = rng.random()
    if draw < REAL:
        masks = _own(photo.names, planes, regions)
    elif draw < REAL + PLANTED:
        masks = _planted(len(regions), rng)
    else:
        masks = _single(len(regions), rng)
    return Sample(_lit(image, rng), masks, emphasis, bool(rng.random() < RECOLORED))


def _crop(photo: MaskedPhoto, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    height, width = photo.image.shape[2:]
    longer = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))
    scale = max(longer / max(height, width), CROP / min(height, width))
    side = min(round(CROP / scale), height, width)
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    image = photo.image[..., top : top + side, left : left + side].float() / 255
    image = F.interpolate(image, (CROP, CROP), mode="bicubic", antialias=True)
    ratio = photo.masks.shape[1] / height, photo.masks.shape[2] / width
    rows = slice(round(top * ratio[0]), round((top + side) * ratio[0]))
    columns = slice(round(left * ratio[1]), round((left + side) * ratio[1]))
    planes = photo.masks[None, :, rows, columns].float() / 255
    planes = F.interpolate(planes, (CROP, CROP), mode="bilinear")
    if rng.random() < 0.5:
        image, planes = image.flip(3), planes.flip(3)
    return image.clamp(0, 1), planes[0].clamp(0, 1)


def _own(names: Sequence[str], planes: Tensor, regions: Sequence[str]) -> Tensor:
    """(R, S, S) a photograph's regions as the network's."""
    masks = torch.zeros(len(regions), *planes.shape[1:])
    for name, plane in zip(names, planes, strict=True):
        if (known := _region(name, regions)) is not None:
            masks[regions.index(known)] += plane
    return masks / masks.sum(dim=0).clamp_min(1)


def _region(name: str | None, regions: Sequence[str]) -> str | None:
    """The region itself, what it lies within, or the background, if that is one."""
    while name is not None and name not in regions:
        name = PARENTS.get(name)
    return name or (BACKGROUND if BACKGROUND in regions else None)


def _planted(regions: int, rng: np.random.Generator) -> Tensor:
    """Two to four regions, or the rest, parted by blurred blobs or straight lines."""
    count = min(int(rng.integers(2, 5)), regions + 1)
    chosen = rng.choice(regions + 1, count, replace=False)
    fields = torch.stack([_field(rng) for _ in chosen])
    shares = (fields * np.exp(rng.uniform(np.log(2), np.log(60)))).softmax(dim=0)
    masks = torch.zeros(regions + 1, CROP, CROP)
    masks[chosen] = shares
    return masks[:regions]


def _field(rng: np.random.Generator) -> Tensor:
    """(S, S) of about unit variance: a slope, or smooth noise."""
    if rng.random() < 0.4:
        angle = rng.uniform(0, 2 * np.pi)
        axis = torch.linspace(-1.7, 1.7, CROP)
        slope = np.cos(angle) * axis[:, None] + np.sin(angle) * axis[None]
        return slope + rng.normal() * 0.7
    cells = int(rng.integers(2, 8))
    noise = torch.from_numpy(rng.normal(size=(1, 1, cells, cells))).float()
    return F.interpolate(noise, (CROP, CROP), mode="bicubic")[0, 0]


def _single(regions: int, rng: np.random.Generator) -> Tensor:
    """All in one region, or in none."""
    masks = torch.zeros(regions + 1, CROP, CROP)
    masks[rng.integers(regions + 1)] = 1
    return masks[:regions]


def _lit(image: Tensor, rng: np.random.Generator) -> Tensor:
    """Brighter or darker, greyer, with other contrast, or as it is."""
    if rng.random() < 0.4:
        return image
    grey = image.mean(dim=1, keepdim=True)
    part = float(rng.choice([0.0, 0.5, 1.0], p=[0.6, 0.2, 0.2]))
    power = float(np.exp(rng.normal() * 0.25))
    return torch.lerp(image, grey, part).clamp(0, 1) ** power
