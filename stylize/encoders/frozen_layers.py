"""Layers with frozen weights: what they keep for backward is little.

A gradient is wanted of their input alone. Autograd's own layers would keep the padded
input and the output of each.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from stylize.deterministic import elementwise


def conv_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve 3×3 with reflection padding, then clip at 0.

    Keeps one byte an activation for backward.

    Args:
        x: (N, C, H, W); H and W at least 2.
        weight: (D, C, 3, 3), frozen.
        bias: (D,), frozen.

    Returns:
        (N, D, H, W).
    """
    out: Tensor = _ConvReLU.apply(x, weight, bias)
    return out


def conv_silu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve 3×3 with reflection padding, then x · sigmoid(x).

    Where the channels stay as many, the input is added. Weights in training go through
    autograd's own layers.

    Args:
        x: (N, C, H, W); H and W at least 2.
        weight: (D, C, 3, 3).
        bias: (D,).

    Returns:
        (N, D, H, W).
    """
    if not weight.requires_grad:
        out: Tensor = _ConvSiLU.apply(x, weight, bias)
        return out
    y = F.silu(_convolved(x, weight, bias))
    return x + y if y.shape == x.shape else y


def silu(x: Tensor) -> Tensor:
    """The product x · sigmoid(x), on any number of threads; differentiable once."""
    out: Tensor = _SiLU.apply(x)
    return out


def mean_pool(x: Tensor) -> Tensor:
    """Mean of each 2×2 cells; an odd last row or column is left out.

    On a CPU a convolution of each channel by itself, forward and backward, is up to
    three times as fast as pooling.

    Args:
        x: (N, C, H, W).

    Returns:
        (N, C, H // 2, W // 2).
    """
    if x.device.type != "cpu":
        return F.avg_pool2d(x, 2)
    quarter = x.new_full((x.shape[1], 1, 2, 2), 0.25)
    return F.conv2d(x, quarter, stride=2, groups=x.shape[1])


class _ConvReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        out = F.relu_(_convolved(x, weight, bias))
        # int8 is multiplied ten times as fast as bool.
        ctx.save_for_backward((out > 0).view(torch.int8), weight)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        active, weight = ctx.saved_tensors
        return _input_gradient(grad * active, weight), None, None


class _ConvSiLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        before = _convolved(x, weight, bias)
        ctx.save_for_backward(before, weight)
        out = _silu(before)
        return out.add_(x) if out.shape == x.shape else out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        before, weight = ctx.saved_tensors
        out = _input_gradient(_silu_gradient(grad, before), weight)
        return (grad + out if grad.shape == out.shape else out), None, None


class _SiLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return _silu(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return _silu_gradient(grad, *ctx.saved_tensors)


def _silu(x: Tensor) -> Tensor:
    return elementwise(torch.ops.aten.silu.out, x)


def _silu_gradient(grad: Tensor, before: Tensor) -> Tensor:
    def into(grad: Tensor, before: Tensor, out: Tensor) -> Tensor:
        return torch.ops.aten.silu_backward.grad_input(grad, before, grad_input=out)

    return elementwise(into, grad, before)


def _convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)


def _input_gradient(grad: Tensor, weight: Tensor) -> Tensor:
    """Gradient of the input of a convolution with reflection padding.

    A convolution with the filters turned round gives it on the padded input, whose
    border is then added to what it reflects.

    Args:
        grad: (N, D, H, W) gradient of the output.
        weight: (D, C, 3, 3).

    Returns:
        (N, C, H, W).
    """
    turned = weight.flip(2, 3).transpose(0, 1)
    turned = turned.contiguous(memory_format=torch.channels_last)
    padded = F.conv2d(F.pad(grad, (2, 2, 2, 2)), turned)  # (N, C, H + 2, W + 2)
    padded[..., 2, :] += padded[..., 0, :]
    padded[..., -3, :] += padded[..., -1, :]
    padded[..., 2] += padded[..., 0]
    padded[..., -3] += padded[..., -1]
    return padded[..., 1:-1, 1:-1]
