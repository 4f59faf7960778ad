"""Which region each pixel belongs to, by hand or by what automask found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageColor
from torch import Tensor

from automask.masks import SoftMasks
from automask.masks.refine import one_hot

UNKNOWN = -1


@dataclass(frozen=True)
class Labels:
    """Regions side by side.

    Args:
        names: Of the regions.
        owner: (H, W) int64 rows of ``names``; -1 where a pixel belongs to none.
    """

    names: tuple[str, ...]
    owner: Tensor

    def at(self, height: int, width: int) -> Tensor:
        """(height, width) label with the largest share of each cell."""
        planes = F.one_hot(self.owner + 1, len(self.names) + 1).permute(2, 0, 1)
        shares = F.adaptive_avg_pool2d(planes[None].float(), (height, width))
        return shares[0].argmax(0) - 1

    def named(self, names: Sequence[str]) -> Labels:
        """The same by other rows; a region that ``names`` lacks belongs to none."""
        rows = [names.index(n) if n in names else UNKNOWN for n in self.names]
        return Labels(tuple(names), torch.tensor([*rows, UNKNOWN])[self.owner])


@dataclass(frozen=True)
class HandMade:
    """A label map and what its values mean.

    Args:
        file: A picture in flat colours, or in grey with a number a region.
        regions: Their colours (``#ff0000``) or numbers; other values belong to none.
    """

    file: Path
    regions: Mapping[str, Sequence[int] | str]

    def read(self) -> Labels:
        """The labels as the file has them."""
        values = list(self.regions.values())
        with Image.open(self.file) as opened:
            if any(isinstance(value, str) for value in values):
                return Labels(tuple(self.regions), _by_color(opened, values))
            numbers = np.asarray(opened)
        owner = np.full(numbers.shape, UNKNOWN)
        for row, those in enumerate(values):
            owner[np.isin(numbers, np.array(those))] = row
        return Labels(tuple(self.regions), torch.from_numpy(owner))


def read_names(path: Path) -> dict[str, int]:
    """Values of the labels by name, from lines like ``3 hair``.

    Raises:
        ValueError: If a line is not a number and a name.
    """
    names = {}
    for line in filter(None, map(str.strip, path.read_text().splitlines())):
        value, _, name = line.partition(" ")
        if not value.isdigit() or not name:
            raise ValueError(f"{path} has the line {line!r}, expected '3 hair'")
        names[name.strip()] = int(value)
    return names


def found(masks: SoftMasks) -> Labels:
    """Each pixel in the one most probable of its masks."""
    if not masks.names:
        return Labels((), torch.full(masks.probs.shape[1:], UNKNOWN))
    return Labels(masks.names, one_hot(masks).probs.argmax(0))


def alike(*labels: Labels) -> list[Labels]:
    """The same names in the same order for all; only what all of them show counts."""
    shown = [{each.names[i] for i in each.owner.unique() if i >= 0} for each in labels]
    names = [n for n in labels[0].names if all(n in those for those in shown)]
    return [each.named(names) for each in labels]


def _by_color(picture: Image.Image, colors: Sequence[object]) -> Tensor:
    """(H, W) row of the nearest colour, which gives the mixtures along borders away."""
    pixels = torch.from_numpy(np.asarray(picture.convert("RGB"), np.float32))
    known = torch.tensor([ImageColor.getrgb(str(c))[:3] for c in colors]).float()
    return (pixels[:, :, None] - known).square().sum(dim=3).argmin(dim=2)
