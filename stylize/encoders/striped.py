"""Convolution, ReLU and pooling in one pass over strips that stay in the cache."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize.encoders.pool import largest, spread
from stylize.encoders.winograd import Strip, strips, transformed

CHANNELS = 64  # below, the additions cost more than the products that they save
WORK = 2**14  # tiles times channels, below which starting each operation costs more
REUSE = 2**11  # filters a tile, above which transforming them costs more


def worthwhile(x: Tensor, weight: Tensor) -> bool:
    """Whether this is faster than :func:`torch.conv2d` on the CPU, and as exact.

    Forward and backward, measured with AVX2: 1.7 to 1.9 times as fast for 128 to 512
    channels and 256 tiles, 1.1 to 1.3 times for 64 channels and 1024 tiles or more;
    slower where the maps are smaller than the bounds.

    Args:
        x: (N, C, H, W).
        weight: (D, C, 3, 3).
    """
    tiles = -(-x.shape[2] // 4) * -(-x.shape[3] // 4)
    d, c = weight.shape[:2]
    exact = x.dtype == weight.dtype and x.dtype in (torch.float32, torch.float64)
    large = min(c, d) >= CHANNELS and tiles * min(c, d) >= WORK
    return x.device.type == "cpu" and exact and large and c * d <= REUSE * tiles


def convolved(
    x: Tensor, weight: Tensor, bias: Tensor, *, pooled: bool = False
) -> tuple[Tensor, ...]:
    """Convolve with reflection padding, add the bias, clip at 0, and perhaps pool.

    Args:
        x: (N, C, H, W); H and W at least 2, and fast if channels last.
        weight: (D, C, 3, 3).
        bias: (D,).
        pooled: Whether to keep the largest of each 2×2 alone.

    Returns:
        (N, D, H, W), or half of H and W if pooled, and what :func:`gradient` asks
        for: 1 as int8 where they are positive and, if pooled, where they were.
    """
    batch, _, height, width = x.shape
    scale = 2 if pooled else 1
    shape = batch, height // scale, width // scale, len(weight)
    dtypes = [x.dtype, *[torch.int8] * (3 if pooled else 1)]
    out = tuple(x.new_empty(shape, dtype=d).permute(0, 3, 1, 2) for d in dtypes)
    filters = transformed(weight.transpose(0, 1))
    for strip in strips(filters, height, width):
        first = strip.top // scale
        for i, image in enumerate(x.permute(0, 2, 3, 1)):
            columns = strip.columns(_reflected_rows(strip, image), left=1)
            _reflect_columns(columns, width)
            values = strip.outputs(columns, bias)[: height - strip.top, :width]
            values = values.permute(2, 0, 1)
            where: list[Tensor] = []
            if pooled:
                values, *where = largest(values)
            rows = [o[i, :, first : first + values.shape[1]] for o in out]
            torch.clamp(values, min=0, out=rows[0])
            torch.gt(values, 0, out=rows[1].view(torch.bool))
            for into, mark in zip(rows[2:], where, strict=True):
                into.copy_(mark)
    return out


def gradient(
    grad: Tensor, marks: tuple[Tensor, ...], weight: Tensor, size: tuple[int, int]
) -> Tensor:
    """Gradient of what :func:`convolved` was given.

    Args:
        grad: (N, D, h, w) gradient of its result.
        marks: What it gave beside the result.
        weight: (D, C, 3, 3).
        size: (H, W) of what it was given.

    Returns:
        (N, C, H, W), channels last.
    """
    height, width = size
    out = grad.new_empty(len(grad), height, width, weight.shape[1])
    filters = transformed(weight, flipped=True)
    for strip in strips(filters, height + 2, width + 2):
        for i, into in enumerate(out):
            rows = strip.inputs(width)
            _masked_rows(rows, grad[i], [m[i] for m in marks], strip.top - 2, height)
            columns = strip.columns(rows, left=2)
            columns[:, :, :2] = 0
            columns[:, :, width + 2 :] = 0
            _fold(into, strip.outputs(columns), strip.top)
    return out.permute(0, 3, 1, 2)


def _reflected_rows(strip: Strip, x: Tensor) -> Tensor:
    """Rows (4n + 2, W, C) that a strip looks at, of x (H, W, C)."""
    height, width, _ = x.shape
    first, end = strip.top - 1, strip.top + 4 * strip.tiles[0] + 1
    if first >= 0 and end <= height:
        return x[first:end]
    rows = strip.inputs(width)
    inner = x[max(0, first) : end]
    above = max(0, -first)
    rows[above : above + len(inner)] = inner
    if above:
        rows[0] = rows[2]  # x has two rows or more
    if end > height:
        rows[height - first] = x[height - 2]
        rows[height - first + 1 :] = 0
    return rows


def _reflect_columns(columns: Tensor, width: int) -> None:
    columns[:, :, 0] = columns[:, :, 2]
    columns[:, :, width + 1] = columns[:, :, width - 1]
    columns[:, :, width + 2 :] = 0


def _masked_rows(
    rows: Tensor, grad: Tensor, marks: list[Tensor], first: int, height: int
) -> None:
    """Write the gradient before ReLU and pooling; 0 above the first row and below.

    Args:
        rows: (R, W, D) to write to.
        grad: (D, h, w).
        marks: Each (D, h, w).
        first: Row of (H, W) that they begin at; even.
        height: H.
    """
    positive, *corner = marks
    scale = 2 if corner else 1
    above = max(0, -first)
    end = min(first + len(rows), height)
    part = slice((first + above) // scale, -(-end // scale))
    inner = rows[above : end - first].permute(2, 0, 1)
    rows[:above] = 0
    rows[end - first :] = 0
    grad, positive = grad[:, part], positive[:, part]
    if not corner:
        torch.mul(grad, positive, out=inner)
    else:
        spread(grad * positive, corner[0][:, part], corner[1][:, part], inner)


def _fold(out: Tensor, padded: Tensor, top: int) -> None:
    """Write rows of a padded gradient, what was reflected added where it came from.

    Args:
        out: (H, W, C) to write to.
        padded: Rows of (H + 2, W + 2, C), or more than there are.
        top: Row that they begin at.
    """
    height, width, _ = out.shape
    padded = padded[: height + 2 - top]
    padded[:, 2] += padded[:, 0]
    padded[:, width - 1] += padded[:, width + 1]
    inner = padded[:, 1 : width + 1]
    first = max(0, top - 1)
    rows = inner[first + 1 - top : height + 1 - top]
    out[first : first + len(rows)] = rows
    if top == 0:
        out[1] += inner[0]
    if top + len(padded) == height + 2:
        out[height - 2] += inner[-1]
