"""A network's layers strip by strip, so that what they work on stays small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Network = Callable[[Tensor], dict[str, Tensor]]


def strip_by_strip(
    network: Network,
    x: Tensor,
    strides: Mapping[str, int],
    *,
    rows: int,
    halo: int,
    recompute: bool,
) -> dict[str, Tensor]:
    """Layers of a network, computed in strips of rows and stacked.

    Args:
        network: From rows of ``x`` to (N, C, h, w) by layer.
        x: (N, C, H, W).
        strides: Rows of ``x`` per row of each layer.
        rows: Of ``x`` in a strip, a multiple of the strides.
        halo: Rows more on either side that a strip is computed from: the layers'
            receptive-field radius or more, a multiple of the strides.
        recompute: Whether backward computes each strip again instead of remembering
            what it needs.

    Returns:
        (N, C, H // stride, W // stride) by layer.
    """
    parts: dict[str, list[Tensor]] = {layer: [] for layer in strides}
    for top in range(0, x.shape[2], rows):
        first = max(0, top - halo)
        strip = x[:, :, first : top + rows + halo]
        found = _recomputed(network, strip, strides) if recompute else network(strip)
        for layer, stride in strides.items():
            start = (top - first) // stride
            own = slice(start, start + rows // stride)
            parts[layer].append(found[layer][:, :, own])
    return {layer: torch.cat(part, dim=2) for layer, part in parts.items()}


def _recomputed(
    network: Network, x: Tensor, layers: Mapping[str, int]
) -> dict[str, Tensor]:
    """What a network gives, of which backward remembers ``x`` alone.

    As torch.utils.checkpoint does it, but that loads torch's compilers at its first
    call: 2 s, and 180 MiB for good.
    """
    found = _Recomputed.apply(lambda x: [network(x)[layer] for layer in layers], x)
    return dict(zip(layers, found, strict=True))


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, network: Callable[[Tensor], list[Tensor]], x: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.network = network
        ctx.save_for_backward(x)
        ctx.set_materialize_grads(False)
        return tuple(network(x))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[None, Tensor]:
        (x,) = ctx.saved_tensors
        x = x.detach().requires_grad_(True)
        with torch.enable_grad():
            found = ctx.network(x)
        wanted = [f for f, g in zip(found, gradients, strict=True) if g is not None]
        given = [g for g in gradients if g is not None]
        return None, torch.autograd.grad(wanted, x, given)[0]
