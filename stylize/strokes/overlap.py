"""Matched patches laid over one another as pixels, each strongest at its middle."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.matching.folding import covering_cells

POWER = 4  # of the window's sine: strong enough that one patch rules near its middle


@dataclass(frozen=True)
class Overlapped:
    """Patches laid over one another.

    Args:
        pixels: (1, C, H, W) their weighted mean.
        agreement: (1, 1, H, W) from about 0.2, where all patches show something else,
            to 1, where all show the same: the share of independent detail that the mean
            leaves.
    """

    pixels: Tensor
    agreement: Tensor


def overlap_add(
    nearest: Tensor, styles: Tensor, width: Tensor, *, size: int, stride: int
) -> Overlapped:
    """Lay the matched patches' own pixels over one another.

    Each patch counts by the fourth power of a sine across its ``size · stride`` pixels.
    Patches that count alike from edge to edge show the grid of cells, and average more.

    Args:
        nearest: (h, w) first cells of the matched patches.
        styles: (N, C · stride²) pixels under each cell of all styles, as
            :func:`blocks_of` gives them.
        width: (N,) row length of the style that each cell belongs to.
        size: Side of a patch, cells.
        stride: Pixels a cell.
    """
    cells = covering_cells(nearest, width, size)  # (P, p²), N where no patch is
    window = _window(size, stride).to(styles)  # (p², s²)
    channels = styles.shape[1] // stride**2
    pixels = styles.new_zeros(len(cells), channels, stride**2)
    total = styles.new_zeros(len(cells), stride**2)
    agreement = torch.zeros_like(total)
    shown = (cells < len(width)).to(styles)
    blocks = torch.cat([styles, styles.new_zeros(1, styles.shape[1])])
    for k, own in enumerate(window):
        weight = shown[:, k : k + 1] * own
        block = blocks[cells[:, k]].view_as(pixels)
        pixels += block * weight[:, None]
        total += weight
        same = (cells == cells[:, k : k + 1]).to(styles) * shown
        agreement += weight * (same @ window)
    pixels /= total[:, None]
    agreement /= total.square()
    rows, columns = (side + size - 1 for side in nearest.shape)

    def image(blocks: Tensor) -> Tensor:
        planes = blocks.flatten(1).T.reshape(1, -1, rows, columns)
        return F.pixel_shuffle(planes, stride)

    return Overlapped(image(pixels), image(agreement))


def blocks_of(planes: Tensor, stride: int) -> Tensor:
    """(1, C, H, W) to (cells, C · stride²), row by row; what is left over goes."""
    height, width = (side // stride * stride for side in planes.shape[2:])
    blocks = F.pixel_unshuffle(planes[..., :height, :width], stride)
    return blocks[0].flatten(1).T.contiguous()


def _window(size: int, stride: int) -> Tensor:
    """(p², s²) what each pixel of a patch counts, by cell."""
    length = size * stride
    ramp = torch.sin(torch.pi * (torch.arange(length) + 0.5) / length) ** POWER
    window = torch.outer(ramp, ramp).view(size, stride, size, stride)
    return window.permute(0, 2, 1, 3).reshape(size * size, stride * stride)
