"""What backward needs is computed a second time instead of being remembered.

As torch.utils.checkpoint does it, but that loads torch's compilers at its first call:
2 s, and 180 MiB for good.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Run = Callable[[Tensor], dict[str, Tensor]]


def recomputed(run: Run, x: Tensor) -> dict[str, Tensor]:
    """``run(x)``; of its way there nothing is kept for backward but ``x``.

    Args:
        run: From a tensor to tensors by name, the same each time; nothing else that it
            reads gets a gradient.
        x: What it is given.
    """
    names: list[str] = []
    found: tuple[Tensor, ...] = _Recomputed.apply(run, names, x)
    return dict(zip(names, found, strict=True))


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, run: Run, names: list[str], x: Tensor) -> tuple[Tensor, ...]:
        found = run(x)
        names.extend(found)
        ctx.run = run
        ctx.save_for_backward(x)
        ctx.set_materialize_grads(False)
        return tuple(found.values())

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor | None) -> tuple[None, None, Tensor]:
        (x,) = ctx.saved_tensors
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            found = ctx.run(x).values()
        pairs = zip(found, slopes, strict=True)
        told = {end: slope for end, slope in pairs if slope is not None}
        (slope,) = torch.autograd.grad([*told], x, [*told.values()])
        return None, None, slope
