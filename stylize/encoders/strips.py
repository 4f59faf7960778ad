"""A network's layers strip by strip, so that what they work on stays small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge


@dataclass(frozen=True)
class Strip:
    """Rows ``top`` to ``bottom`` of a map, computed from ``first`` to ``end``."""

    top: int
    bottom: int
    first: int
    end: int

    def of(self, x: Tensor) -> Tensor:
        """What it is computed from, a view of (N, C, H, W)."""
        return x[:, :, self.first : self.end]


Run = Callable[[Tensor, Strip], dict[str, Tensor]]


def strips_of(height: int, rows: int, halo: int) -> list[Strip]:
    """Strips of so many rows, each computed from ``halo`` more on either side."""
    return [
        Strip(
            top,
            bottom=min(top + rows, height),
            first=max(0, top - halo),
            end=min(top + rows + halo, height),
        )
        for top in range(0, height, rows)
    ]


def strip_by_strip(
    run: Run, x: Tensor, strips: Sequence[Strip], *, recomputes: bool
) -> dict[str, Tensor]:
    """What ``run`` gives for each strip, stacked.

    Autograd's own slices would each get a gradient of the size of all of ``x``; here
    they add to a single one. Recomputing is as torch.utils.checkpoint does it, but that
    loads torch's compilers at its first call: 2 s, and 180 MiB for good.

    Args:
        run: From what a strip is computed from, and the strip, to (N, C, h, w) by name,
            h in proportion to its own rows; nothing else that it reads gets a gradient.
        x: (N, C, H, W).
        strips: That make up ``x``.
        recomputes: Whether what backward needs of them is computed a second time
            instead of being remembered.
    """
    if not (x.requires_grad and torch.is_grad_enabled()):
        return _stacked([run(strip.of(x), strip) for strip in strips])
    names: list[str] = []
    found: tuple[Tensor, ...] = _Strips.apply(run, strips, recomputes, names, x)
    return dict(zip(names, found, strict=True))


class _Strips(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        run: Run,
        strips: Sequence[Strip],
        recomputes: bool,
        names: list[str],
        x: Tensor,
    ) -> tuple[Tensor, ...]:
        parts = []
        ctx.run, ctx.strips, ctx.ways = run, strips, []
        for strip in strips:
            if recomputes:
                parts.append(run(strip.of(x), strip))
            else:
                start, found = _with_graph(run, strip, x)
                # The way back alone: the results would be held a second time.
                ctx.ways.append((start, [get_gradient_edge(f) for f in found.values()]))
                parts.append({name: f.detach() for name, f in found.items()})
        names.extend(parts[0])
        ctx.heights = [[f.shape[2] for f in part.values()] for part in parts]
        ctx.save_for_backward(*([x] if recomputes else []))
        ctx.form = {"size": x.shape, "dtype": x.dtype, "device": x.device}
        ctx.set_materialize_grads(False)
        return tuple(_stacked(parts).values())

    @staticmethod
    def backward(
        ctx: Any, *slopes: Tensor | None
    ) -> tuple[None, None, None, None, Tensor]:
        total = torch.empty(**ctx.form, memory_format=torch.channels_last).zero_()
        ends = [0] * len(slopes)
        ways = iter(ctx.ways)
        ctx.ways = []
        for strip, heights in zip(ctx.strips, ctx.heights, strict=True):
            if ctx.saved_tensors:
                start, again = _with_graph(ctx.run, strip, ctx.saved_tensors[0])
                found = [*again.values()]
            else:
                start, found = next(ways)
            begins, ends = ends, [a + h for a, h in zip(ends, heights, strict=True)]
            told = [
                (f, slope[:, :, a:b])
                for f, slope, a, b in zip(found, slopes, begins, ends, strict=True)
                if slope is not None
            ]
            results, gradients = zip(*told, strict=True)
            (part,) = torch.autograd.grad(results, start, gradients)
            strip.of(total).add_(part)
        return None, None, None, None, total


def _with_graph(run: Run, strip: Strip, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """What a strip is computed from, and its results, whose gradients lead there."""
    start = strip.of(x).detach().requires_grad_(True)
    with torch.enable_grad():
        return start, run(start, strip)


def _stacked(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    if len(parts) == 1:
        return parts[0]
    return {name: torch.cat([part[name] for part in parts], dim=2) for name in parts[0]}
