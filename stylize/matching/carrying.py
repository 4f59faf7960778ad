"""Matches of one picture carried along a motion to the next."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.matching.nearest import StyleIndex

NEW = 0.5  # share of a patch that is new where its match is stale


@dataclass(frozen=True)
class LayerMatches:
    """The matches of one layer, and where between its cells they lie.

    Args:
        nearest: (h, w) int64 first cells of the matched patches.
        beyond: (2, h, w) px to the right and down from that cell's patch to the one
            that is shown: motion by less than a cell adds up here.
        stale: (h, w) whether a match is to be searched anew.
    """

    nearest: Tensor
    beyond: Tensor
    stale: Tensor


def matched_since(nearest: Tensor, before: LayerMatches | None) -> LayerMatches:
    """Matches after painting.

    Args:
        nearest: (h, w) their first cells.
        before: Those that painting began with. What it did not change keeps its place.
    """
    fresh = torch.zeros_like(nearest, dtype=torch.bool)
    beyond = torch.zeros(2, *nearest.shape, device=nearest.device)
    if before is not None:
        beyond = torch.where(nearest == before.nearest, before.beyond, beyond)
    return LayerMatches(nearest, beyond, fresh)


def moved(
    matches: LayerMatches, vectors: Tensor, new: Tensor, index: StyleIndex, stride: int
) -> LayerMatches:
    """Matches carried along a flow.

    A patch of a style goes on beyond its cells: what moved by less than a cell is shown
    a little beside its match, and by more than half of one the next cell is the match.

    Args:
        matches: Of the last picture.
        vectors: (1, 2, H, W) px from where a pixel is to where it was.
        new: (H, W) in [0, 1] how far what is seen was not seen before.
        index: The styles'.
        stride: Px a cell.
    """
    h, w = matches.nearest.shape
    planes = torch.cat([vectors, new[None, None]], dim=1)
    flow, new = _over_patches(planes, index.size * stride, stride, (h, w)).split([2, 1])
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    rows = (y + flow[1] / stride).round().long().clamp(0, h - 1)
    columns = (x + flow[0] / stride).round().long().clamp(0, w - 1)
    # What is seen at a cell now was seen that far beyond the cell that it comes from.
    beyond = torch.stack([x - columns, y - rows]) * stride + flow
    beyond = beyond + matches.beyond[:, rows, columns]
    right, down = steps = (beyond / stride).round()
    near, width = matches.nearest[rows, columns], index.width
    next_cell = near + right.long() + down.long() * width[near]
    next_cell = next_cell.clamp(0, len(width) - 1)
    fits = index.starts[next_cell] & (width[next_cell] == width[near])
    fits &= steps.abs().amax(dim=0) <= index.size
    return LayerMatches(
        torch.where(fits, next_cell, near),
        torch.where(fits, beyond - steps * stride, 0.0),
        (new[0] > NEW) | ~fits,
    )


def _over_patches(
    planes: Tensor, side: int, stride: int, shape: tuple[int, int]
) -> Tensor:
    """(C, h, w) means of (1, C, H, W) planes over each patch of so many px."""
    h, w = shape
    rows, columns = ((n - 1) * stride + side for n in shape)
    height, width = planes.shape[2:]
    beyond = (0, max(0, columns - width), 0, max(0, rows - height))
    planes = F.pad(planes, beyond, mode="replicate")
    return F.avg_pool2d(planes, side, stride)[0, :, :h, :w]
