"""2×2 max-pooling that remembers which of the four it took."""

from __future__ import annotations

import torch
from torch import Tensor


def largest(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Largest of each 2×2 activations; an odd last row or column is left out.

    Args:
        x: (..., H, W).

    Returns:
        The largest, and 1 as int8 where it was above, and where it was on the left; of
        equals the first counts. Each (..., H // 2, W // 2).
    """
    a, b, c, d = corners(x)
    upper, lower = torch.maximum(a, b), torch.maximum(c, d)
    up = marked(upper, lower)
    left = (marked(a, b) & up) | (marked(c, d) & (up ^ 1))
    return torch.maximum(upper, lower), up, left


def spread(grad: Tensor, up: Tensor, left: Tensor, out: Tensor) -> None:
    """Write the gradient of :func:`largest`.

    Args:
        grad: (..., H // 2, W // 2) gradient of the largest.
        up: 1 where they were above, as int8.
        left: 1 where they were on the left.
        out: (..., H, W) to write to.
    """
    height, width = grad.shape[-2:]
    out[..., height * 2 :, :] = 0
    out[..., width * 2 :] = 0
    down, right = up ^ 1, left ^ 1
    takers = up & left, up & right, down & left, down & right
    for corner, taken in zip(corners(out), takers, strict=True):
        torch.mul(grad, taken, out=corner)


def marked(x: Tensor, least: Tensor) -> Tensor:
    """1 where x reaches the least, as int8, which is cast ten times as fast as bool."""
    return (x >= least).view(torch.int8)


def corners(x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Views of the four activations under each pooled one."""
    x = x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
    upper, lower = x[..., ::2, :], x[..., 1::2, :]
    return upper[..., ::2], upper[..., 1::2], lower[..., ::2], lower[..., 1::2]
