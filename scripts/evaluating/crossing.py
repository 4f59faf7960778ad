"""Matches that lead from one region into another."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from evaluating.measures import matches, unit_patches
from evaluating.methods import PATCH
from evaluating.region_labels import Labels
from stylize import Encoder


def crossing_share(content: Tensor, chosen: Tensor) -> float | None:
    """Share of matches whose middle has another label than the patch they are for.

    Patches that reach over a border show two regions and may find either; they do not
    count, and neither does what has no label.

    Args:
        content: (h, w) label of each cell, -1 for none.
        chosen: (h - 2, w - 2) label of the cell that each patch's match is about.

    Returns:
        In [0, 1]; None where no match counts.
    """
    whole = _whole(content)
    counted = (whole >= 0) & (chosen >= 0)
    if not counted.any():
        return None
    return float((whole != chosen)[counted].float().mean())


def labels_of_matches(nearest: Tensor, styles: Sequence[Tensor]) -> Tensor:
    """(h', w') labels at the middles of the matched patches.

    Args:
        nearest: (h', w') first cell of each match among the cells of all styles.
        styles: (h, w) label of each cell.
    """
    cells = torch.cat([style.flatten() for style in styles])
    width = torch.cat([torch.full_like(s, s.shape[1]).flatten() for s in styles])
    return cells[nearest + width[nearest] + 1]


@torch.no_grad()
def judged_crossing(
    views: tuple[Tensor, Tensor],
    labels: tuple[Labels, Labels],
    judge: Encoder,
    layer: str = "relu3_1",
) -> float | None:
    """Crossing share of a judge's own matches, from a result to the style it has.

    Args:
        views: (1, 3, H, W) result and style.
        labels: Of the content and of the style, by the same names.
        judge: Encoder that matches, without masks and without mean activation.
        layer: Of it.
    """
    maps = [judge(view, [layer])[layer] for view in views]
    content, style = (
        each.at(*features.shape[2:])
        for each, features in zip(labels, maps, strict=True)
    )
    rows = matches(*(unit_patches(features, center=True) for features in maps))
    chosen = style[1:-1, 1:-1].flatten()[rows]
    height, width = (side - PATCH + 1 for side in content.shape)
    return crossing_share(content, chosen.view(height, width))


def _whole(content: Tensor) -> Tensor:
    """(h - 2, w - 2) label of each patch, -1 where its cells differ."""
    cells = content[None, None].float()
    high = F.max_pool2d(cells, PATCH, stride=1)[0, 0].long()
    low = -F.max_pool2d(-cells, PATCH, stride=1)[0, 0].long()
    return torch.where(high == low, high, -1)
