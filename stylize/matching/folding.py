"""The patch loss without patches: matched patches folded to one target per cell.

With the matches fixed, Σᵢ‖Ψᵢ(x) - Ψ_NN(i)‖² = Σ_p n_p‖x_p - t_p‖² + spread, where n_p
patches cover cell p, t_p is the mean of what they want there, and the spread, which x
does not change, says how much they disagree. Value and gradient are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.deterministic import dot, total


@dataclass(frozen=True)
class Folded:
    """What the matched patches want.

    Args:
        target: (1, C, H, W) what the patches want on average, per cell.
        count: (1, 1, H, W) patches that cover each cell.
        spread: Scalar: the part of the loss that no image can remove.
        patches: Number of patches.
    """

    target: Tensor
    count: Tensor
    spread: Tensor
    patches: int


def fold(nearest: Tensor, style: Tensor, width: Tensor, *, size: int = 3) -> Folded:
    """Fold matched patches into one target.

    Args:
        nearest: (h, w) int64 first cells of the matched patches.
        style: (N + 1, C) activations of the cells of all styles, and a row of zeros.
        width: (N,) int64 row length of the style that each cell belongs to.
        size: Side p of a patch.
    """
    n, channels = len(width), style.shape[1]
    height, columns = nearest.shape[0] + size - 1, nearest.shape[1] + size - 1
    cells = covering_cells(nearest, width, size)  # (H · W, p²)
    count = (cells < n).sum(dim=1, dtype=style.dtype)[:, None]
    mean = F.embedding_bag(cells, style, mode="sum", padding_idx=n) / count
    squares, of_means = (x.norm(dim=1).square() for x in (style, mean))
    spread = total(squares[cells]) - dot(count[:, 0], of_means)
    target = mean.T.reshape(1, channels, height, columns)
    count = count.view(1, 1, height, columns)
    return Folded(target, count, spread, nearest.numel())


def covering_cells(nearest: Tensor, width: Tensor, size: int) -> Tensor:
    """Style cells that the patches over each cell put there; N where none does."""
    h, w = nearest.shape
    step = width[nearest]
    cells = nearest.new_full((size, size, h + size - 1, w + size - 1), len(width))
    for dy in range(size):
        for dx in range(size):
            cells[dy, dx, dy : dy + h, dx : dx + w] = nearest + dy * step + dx
    return cells.flatten(0, 1).flatten(1).T.contiguous()


def patch_distance(
    features: Tensor, folded: Folded, *, by_count: bool = True
) -> Tensor:
    """Sum over patches of the squared distance to their matches (Zhao et al., Eq. 3).

    Args:
        features: (1, C, H, W) of the image being painted.
        folded: Its folded matches.
        by_count: False divides each cell's part by the number of patches that cover
            it, as the code of CNNMRF does; the spread is then left out.
    """
    distance: Tensor = _Distance.apply(
        features, folded.target, folded.count if by_count else None
    )
    return distance + folded.spread if by_count else distance


class _Distance(torch.autograd.Function):
    """Σ count · (x - t)², whose gradient is all that is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, count: Tensor | None) -> Tensor:
        difference = x - target
        weighted = difference.clone() if count is None else difference * count
        ctx.save_for_backward(weighted)
        return total(difference.mul_(weighted))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (weighted,) = ctx.saved_tensors
        return weighted * (2 * grad), None, None
