"""Guides: what each cell of a feature map counts in each region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.pyramid import downsample
from stylize.ranges import check_weight

PROPAGATIONS = ("simple", "inside", "all")
SMALLEST = 16.0  # cells; what fewer are like says little: shadows of one nose
FAINT = 0.01  # a guide of less is 0: the tails of a blurred mask cost time alone


@dataclass(frozen=True)
class Guides:
    """Regions as guidance channels (Gatys et al. 2017) or soft masks (Wang & Wang).

    Args:
        propagation: How masks reach a layer: ``simple`` takes their mean over the
            pixels under a cell; ``inside`` their least value over all pixels that the
            cell sees, so that nothing beyond the region counts; ``all`` the largest.
        weights: λ of a region by name, 1 where there is none; all are divided by the
            number of regions, as in the paper. None: 1 for all.
        by_area: Power of a region's area in the content by which it counts besides. At
            0, the paper's way, an eye pulls as hard as the sky, and L-BFGS takes many
            more steps over the sky; at 1 each pixel pulls alike.
        normalise: Whether a region's statistics are means over the region, as the
            guides of Gatys et al. with a mean square of 1 make them. False has them
            over the whole picture, so that a region counts by its area (Wang & Wang,
            Eqs 6 and 7, as they stand).
        cutoff: θ_s of Wang & Wang: regions whose mean over a style is less are left
            out there; where no style has a region, the content's other masks take its
            place, pixel by pixel in proportion. 0 leaves out nothing but empty ones.
    """

    propagation: str = "simple"
    weights: Mapping[str, float] | None = None
    by_area: float = 0.0
    normalise: bool = True
    cutoff: float = 0.0

    def __post_init__(self) -> None:
        if self.propagation not in PROPAGATIONS:
            raise ValueError(
                f"propagation must be {', '.join(PROPAGATIONS)}, "
                f"got '{self.propagation}'"
            )
        for name, weight in (self.weights or {}).items():
            check_weight(f"weight of region {name}", weight)
        if not 0 <= self.cutoff < 1:
            raise ValueError(f"cutoff must lie in [0, 1), got {self.cutoff}")
        check_weight("by_area", self.by_area)

    def parts(self, styles: Sequence[Encoded], mix: Sequence[float]) -> Tensor:
        """(S, K) what each style gives to each region; a region's add up to 1 or 0."""
        pictures = [style.picture for style in styles]
        means = torch.stack([each.masks.mean(dim=(1, 2)) for each in pictures])
        shares = torch.tensor(
            [each.shares or [1.0] * means.shape[1] for each in pictures]
        )
        parts = torch.tensor(mix)[:, None] * shares
        parts = parts.to(means) * (means > 0) * (means >= self.cutoff)
        return parts / parts.sum(dim=0).clamp_min(1e-12)

    def content_masks(self, content: Encoded, parts: Tensor) -> Tensor:
        """(K, H, W) the content's masks, those without a style being 0."""
        given = content.picture.masks
        masks = given * (parts.sum(dim=0) > 0).to(given)[:, None, None]
        if not self.cutoff or not len(masks):
            return masks
        total = given.sum(dim=0, keepdim=True)
        return masks * total / masks.sum(dim=0, keepdim=True).clamp_min(1e-6)

    def strengths(self, content: Encoded, parts: Tensor) -> Tensor:
        """(K,) λ of each region; 0 where the content or all styles lack it."""
        areas = content.picture.masks.mean(dim=(1, 2))
        counted = areas**self.by_area * (areas > 0) * (parts.sum(dim=0) > 0)
        given = self.weights or {}
        weights = [given.get(name, 1.0) for name in content.picture.names]
        return areas.new_tensor(weights) * counted / counted.sum().clamp_min(1e-12)

    def cells(self, guides: Tensor, power: int) -> Tensor:
        """What each cell counts in a mean over features that guides multiply.

        Args:
            guides: (R, h, w) in [0, 1].
            power: 1 for means, 2 for Gram matrices, where guides enter squared.

        Returns:
            (R, h, w); all 0 for a region of less than 16 cells.
        """
        cells = torch.where(guides < FAINT, 0.0, guides) ** power
        area = cells.sum(dim=(1, 2), keepdim=True)
        total = area if self.normalise else cells[0].numel() if len(cells) else 1
        return torch.where(area < SMALLEST, 0.0, cells / total)


def propagated(
    masks: Tensor, size: Sequence[int], stride: int, radius: int, how: str
) -> Tensor:
    """Masks on the cells of a layer.

    Args:
        masks: (K, H, W) in [0, 1]; K may be 0.
        size: Rows and columns of cells.
        stride: Pixels from cell to cell.
        radius: Receptive-field radius of a cell, px beyond those under it.
        how: ``simple``, ``inside`` or ``all``.

    Returns:
        (K, rows, columns).
    """
    if how == "simple" or not len(masks):
        return downsample(masks[None], size[0], size[1])
    sign = 1 if how == "all" else -1
    side = stride + 2 * radius
    found = sign * masks
    found = F.max_pool2d(found, (side, 1), (stride, 1), (radius, 0))
    found = F.max_pool2d(found, (1, side), (1, stride), (0, radius))
    return sign * found[:, : size[0], : size[1]]
