"""Layers of the small encoder whose weights are frozen, with a quicker way back.

They give what autograd's own layers give. But the gradient of the reflected border is
folded in place, where autograd copies all of it, and that of a mean is written once,
where autograd fills in zeros first.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from stylize.frozen import bordered, convolved, pulled


def conv_silu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve 3×3 with reflection padding, then x · sigmoid(x).

    Where the channels stay as many, the input is added.

    Args:
        x: (B, C, H, W); H and W at least 2.
        weight: (D, C, 3, 3).
        bias: (D,).

    Returns:
        (B, D, H, W).
    """
    if _frozen(x, weight):
        out: Tensor = _ConvSilu.apply(x, weight, bias)
        return out
    y = F.silu(convolved(x, weight, bias))
    return x + y if y.shape == x.shape else y


def mean_pool(x: Tensor) -> Tensor:
    """Mean of each 2×2 cells; an odd last row or column is left out.

    Args:
        x: (B, C, H, W).

    Returns:
        (B, C, H // 2, W // 2).
    """
    if x.requires_grad and torch.is_grad_enabled():
        out: Tensor = _MeanPool.apply(x)
        return out
    return F.avg_pool2d(x, 2)


def _frozen(x: Tensor, weight: Tensor) -> bool:
    """Whether a gradient is wanted of the input alone."""
    return x.requires_grad and not weight.requires_grad and torch.is_grad_enabled()


class _ConvSilu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        before = convolved(x, weight, bias)
        out = F.silu(before)
        ctx.save_for_backward(before, weight)
        return out.add_(x) if out.shape == x.shape else out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        before, weight = ctx.saved_tensors
        silu = torch.ops.aten.silu_backward.grad_input
        slope = bordered(grad, lambda out: silu(grad, before, grad_input=out))
        out = pulled(slope, weight)
        return (grad + out if grad.shape == out.shape else out), None, None


class _MeanPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.size = x.shape
        return F.avg_pool2d(x, 2)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        height, width = grad.shape[2:]
        if grad.requires_grad:  # for a second gradient, which training asks for
            spread = (grad / 4).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
            return F.pad(spread, (0, ctx.size[3] % 2, 0, ctx.size[2] % 2))
        out = torch.empty(
            ctx.size,
            dtype=grad.dtype,
            device=grad.device,
            memory_format=torch.channels_last,
        )
        out[:, :, 2 * height :] = 0
        out[..., 2 * width :] = 0
        cells = out[..., : 2 * height, : 2 * width].permute(0, 2, 3, 1)
        fours = cells.unflatten(1, (height, 2)).unflatten(3, (width, 2))
        fours.copy_((grad / 4).permute(0, 2, 3, 1)[:, :, None, :, None])
        return out
