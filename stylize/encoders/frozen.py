"""Layers with frozen weights that remember one byte an activation, not eight.

Their weights want no gradient, so that of the input asks only which activations were
positive and which of four a pool took. Autograd's own layers would keep the padded
input and the output of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.encoders import striped
from stylize.encoders.pool import largest, spread

LANES = 8  # oneDNN takes a third longer over other numbers of channels


def conv_relu(
    x: Tensor, weight: Tensor, bias: Tensor, *, pooled: bool = False
) -> Tensor:
    """Convolve 3×3 with reflection padding, clip at 0, and perhaps :func:`max_pool`.

    Args:
        x: (N, C, H, W); H and W at least 2.
        weight: (D, C, 3, 3), frozen.
        bias: (D,), frozen.
        pooled: Whether to pool.

    Returns:
        (N, D, H, W), or (N, D, H // 2, W // 2) if pooled.
    """
    learns = x.requires_grad and torch.is_grad_enabled()
    if striped.worthwhile(x, weight):
        if learns:
            fast: Tensor = _Striped.apply(x, weight, bias, pooled)
            return fast
        return striped.convolved(x, weight, bias, pooled=pooled)[0]
    out: Tensor = (_ConvReLU.apply if learns else _clipped)(x, weight, bias)
    return max_pool(out) if pooled else out


def max_pool(x: Tensor) -> Tensor:
    """Largest of each 2×2 activations; an odd last row or column is left out.

    Args:
        x: (N, C, H, W).

    Returns:
        (N, C, H // 2, W // 2).
    """
    if x.requires_grad and torch.is_grad_enabled():
        out: Tensor = _MaxPool.apply(x)
        return out
    return F.max_pool2d(x, 2)


def convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve 3×3 with reflection padding; see :func:`conv_relu` for the shapes."""
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)


def _clipped(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.relu_(convolved(x, weight, bias))


class _Striped(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, pooled: bool
    ) -> Tensor:
        out, *marks = striped.convolved(x, weight, bias, pooled=pooled)
        ctx.save_for_backward(weight, *marks)
        ctx.size = x.shape[2:]
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        weight, *marks = ctx.saved_tensors
        return striped.gradient(grad, marks, weight, ctx.size), None, None, None


class _ConvReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        out = _clipped(x, weight, bias)
        ctx.save_for_backward((out > 0).view(torch.int8), weight)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        active, weight = ctx.saved_tensors
        slope = pulled(grad, weight, lambda out: torch.mul(grad, active, out=out))
        return slope, None, None


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        out, up, left = largest(x)
        ctx.save_for_backward(up, left)
        ctx.size = x.shape
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        up, left = ctx.saved_tensors
        batch, channels, height, width = ctx.size
        out = grad.new_empty(batch, height, width, channels).permute(0, 3, 1, 2)
        spread(grad, up, left, out)
        return out


def pulled(grad: Tensor, weight: Tensor, slope: Callable[[Tensor], object]) -> Tensor:
    """Gradient of what :func:`convolved` was given.

    A convolution with the filters turned round: on padded input, and with channels a
    multiple of the lanes, a tenth to a third faster than autograd's.

    Args:
        grad: (N, D, H, W) gradient of what was made of its result.
        weight: (D, C, 3, 3).
        slope: Writes the gradient of its result itself to the tensor that it is given,
            of the shape of ``grad``.

    Returns:
        (N, C, H, W).
    """
    turned = weight.flip(2, 3).transpose(0, 1)
    turned = F.pad(turned, (0, 0, 0, 0, 0, 0, 0, -weight.shape[1] % LANES))
    turned = turned.contiguous(memory_format=torch.channels_last)
    out = F.conv2d(_bordered(grad, slope), turned)  # of the image with its reflections
    out = out[:, : weight.shape[1]]
    out[..., 2, :] += out[..., 0, :]
    out[..., -3, :] += out[..., -1, :]
    out[..., 2] += out[..., 0]
    out[..., -3] += out[..., -1]
    return out[..., 1:-1, 1:-1]


def _bordered(like: Tensor, fill: Callable[[Tensor], object]) -> Tensor:
    """(N, D, H + 4, W + 4), channels last: two cells of zeros around what is filled."""
    batch, channels, height, width = like.shape
    shape = (batch, height + 4, width + 4, channels)
    out = like.new_empty(shape).permute(0, 3, 1, 2)
    for edge in (slice(0, 2), slice(-2, None)):
        out[:, :, edge] = 0
        out[..., edge] = 0
    fill(out[:, :, 2:-2, 2:-2])
    return out
