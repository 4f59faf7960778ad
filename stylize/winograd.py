"""3×3 convolutions with a quarter of the multiplications (Lavin & Gray 2016).

F(4×4, 3×3): 36 products give a tile of 4×4 outputs, which directly take 144. What that
costs in additions stays cheap as long as it stays in the cache, so a few rows of tiles
go through all the stages at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

POINT = 0.6  # we interpolate at 0, ±1, ±0.6, ∞; ±2 in the paper has twice the error
SQUARE, CUBE = POINT**2, POINT**3
VALUES = 3 * 2**20  # of the products of a strip; two such blocks fit the cache
CHANNELS = 64  # from which additions cost less than the products that they save
TILES = 64  # of a map, from which it pays to transform the filters


def worthwhile(x: Tensor, weight: Tensor) -> bool:
    """Whether a convolution of x is faster here than by :func:`torch.conv2d`."""
    tiles = -(-x.shape[2] // 4) * -(-x.shape[3] // 4)
    exact = x.dtype == weight.dtype == torch.float32
    cpu = x.device.type == "cpu"
    return cpu and exact and min(weight.shape[:2]) >= CHANNELS and tiles >= TILES


def convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve with reflection padding, add the bias, and clip at 0.

    Args:
        x: (N, C, H, W); H and W at least 2.
        weight: (D, C, 3, 3).
        bias: (D,).

    Returns:
        (N, D, H, W), channels last.
    """
    batch, _, height, width = x.shape
    out = _empty(x, len(weight))
    filters = _transformed(weight.transpose(0, 1), flipped=False)
    work = _Workspace.of(x, filters, height, width)
    for rows, image in zip(out, x, strict=True):
        into, source = rows.permute(1, 2, 0), image.permute(1, 2, 0)
        for top, strip in work.strips():
            _fill(strip.inputs, source, top - 1)
            _reflect(strip.inputs, source.shape, top)
            outputs = strip.through(filters, bias)[: height - top, :width]
            torch.clamp(outputs, min=0, out=into[top : top + len(outputs)])
    return out


def gradient(grad: Tensor, active: Tensor, weight: Tensor) -> Tensor:
    """Gradient of what :func:`convolved` was given.

    Args:
        grad: (N, D, H, W) gradient of its result.
        active: (N, D, H, W) where that was positive.
        weight: (D, C, 3, 3).

    Returns:
        (N, C, H, W), channels last.
    """
    batch, _, height, width = grad.shape
    out = _empty(grad, weight.shape[1])
    filters = _transformed(weight, flipped=True)
    work = _Workspace.of(grad, filters, height + 2, width + 2)
    for image, given, mask in zip(out, grad, active, strict=True):
        into, given = image.permute(1, 2, 0), given.permute(1, 2, 0)
        mask = mask.permute(1, 2, 0)
        for top, strip in work.strips():
            _fill(strip.inputs, given, top - 2, mask)
            _fold(into, strip.through(filters), top)
    return out


@dataclass(frozen=True)
class _Workspace:
    """What the tiles of a strip pass through; n rows of m tiles, c and d channels."""

    height: int
    inputs: Tensor  # (4n + 2, 4m + 2, c)
    halfway: Tensor  # (6, n, 4m + 2, c)
    tiles: Tensor  # (6, 6, n, m, c)
    products: Tensor  # (6, 6, n, m, d)
    back: Tensor  # (4, n, m, 4, d), in the place of ``halfway`` where that is enough
    outputs: Tensor  # (4n, 4m, d)

    @classmethod
    def of(cls, x: Tensor, filters: Tensor, height: int, width: int) -> _Workspace:
        """For ``height`` rows of ``width`` outputs."""
        _, c, d = filters.shape
        m = -(-width // 4)
        n = min(max(1, VALUES // (36 * m * max(c, d))), -(-height // 4))
        inputs = x.new_zeros(4 * n + 2, 4 * m + 2, c)
        return cls(
            height,
            inputs,
            x.new_empty(6, n, 4 * m + 2, c),
            x.new_empty(6, 6, n, m, c),
            x.new_empty(6, 6, n, m, d),
            x.new_empty(6, n, m, 4, d),
            x.new_empty(4 * n, 4 * m, d),
        )

    def strips(self) -> Iterator[tuple[int, _Workspace]]:
        """First row and workspace of each strip; the last may be lower."""
        rows = len(self.outputs)
        for top in range(0, self.height, rows):
            n = min(rows // 4, -(-(self.height - top) // 4))
            yield top, self if n == rows // 4 else self._lower(n)

    def _lower(self, n: int) -> _Workspace:
        c, d, m = self.tiles.shape[4], self.products.shape[4], self.tiles.shape[3]
        return _Workspace(
            self.height,
            self.inputs[: 4 * n + 2],
            _first(self.halfway, (6, n, 4 * m + 2, c)),
            _first(self.tiles, (6, 6, n, m, c)),
            _first(self.products, (6, 6, n, m, d)),
            _first(self.back, (6, n, m, 4, d)),
            self.outputs[: 4 * n],
        )

    def through(self, filters: Tensor, bias: Tensor | None = None) -> Tensor:
        """``outputs`` of the inputs, (4n, 4m, d)."""
        _, _, n, m, d = self.products.shape
        _to_products(_every_fourth(self.inputs, 0, n), self.halfway.unbind(0))
        _to_products(_every_fourth(self.halfway, 2, m), self.tiles.unbind(1))
        torch.bmm(
            self.tiles.view(36, n * m, -1), filters, out=self.products.view(36, n * m, d)
        )
        if bias is not None:
            self.products[1, 1] += bias  # point 1 counts once in each of the outputs
        _to_outputs(self.products.unbind(1), self.back.unbind(3))
        _to_outputs(
            self.back.view(6, n, 4 * m, d).unbind(0),
            self.outputs.view(n, 4, 4 * m, d).unbind(1),
        )
        return self.outputs


def _to_products(d: Sequence[Tensor], v: Sequence[Tensor]) -> None:
    """Values v at the six points, of polynomials through six inputs d (Bᵀ d)."""
    torch.add(d[4], d[2], alpha=-SQUARE, out=v[1])
    torch.add(d[3], d[1], alpha=-SQUARE, out=v[5])
    torch.sub(v[1], v[5], out=v[2])
    v[1].add_(v[5])
    torch.sub(d[4], d[2], out=v[3])
    torch.sub(d[3], d[1], out=v[5])
    torch.sub(v[3], v[5], alpha=POINT, out=v[4])
    torch.add(v[3], d[0], alpha=SQUARE, out=v[0]).sub_(d[2], alpha=SQUARE)
    v[3].add_(v[5], alpha=POINT)
    torch.sub(d[5], d[3], alpha=1 + SQUARE, out=v[5]).add_(d[1], alpha=SQUARE)


def _to_outputs(m: Sequence[Tensor], y: Sequence[Tensor]) -> None:
    """Four outputs y of the products m at six points (Aᵀ m); m is overwritten."""
    torch.add(m[1], m[2], out=y[0])
    torch.sub(m[1], m[2], out=y[1])
    torch.add(m[3], m[4], out=m[1])
    torch.sub(m[3], m[4], out=m[2])
    torch.add(y[0], m[1], alpha=SQUARE, out=y[2])
    torch.add(y[1], m[2], alpha=CUBE, out=y[3]).add_(m[5])
    y[1].add_(m[2], alpha=POINT)
    y[0].add_(m[1]).add_(m[0])


def _transformed(weight: Tensor, *, flipped: bool) -> Tensor:
    """Filters (C, D, 3, 3) at the points (G g Gᵀ), as (36, C, D)."""
    rows = []
    for p, scale in (
        (0.0, SQUARE),
        (1.0, 2 * (1 - SQUARE)),
        (-1.0, 2 * (1 - SQUARE)),
        (POINT, 2 * SQUARE * (SQUARE - 1)),
        (-POINT, 2 * SQUARE * (SQUARE - 1)),
    ):
        rows.append([1 / scale, p / scale, p * p / scale])
    g = torch.tensor([*rows, [0.0, 0.0, 1.0]], dtype=torch.float64)
    both = torch.kron(g, g).to(weight)
    both = both.flip(1) if flipped else both
    c, d = weight.shape[:2]
    return (both @ weight.permute(2, 3, 0, 1).reshape(9, c * d)).view(36, c, d)


def _every_fourth(x: Tensor, dim: int, tiles: int) -> list[Tensor]:
    """The first to sixth row (``dim`` 0) or column (2) of each tile."""
    last = 4 * tiles - 3
    if dim == 0:
        return [x[i : i + last : 4] for i in range(6)]
    return [x[:, :, i : i + last : 4] for i in range(6)]


def _fill(inputs: Tensor, x: Tensor, first: int, mask: Tensor | None = None) -> None:
    """Write rows of x, from ``first`` on, where it has any; 0 above and below."""
    above = max(0, -first)
    left = 1 if mask is None else 2
    x = x[first + above : first + len(inputs)]
    inner = inputs[above : above + len(x), left : left + x.shape[1]]
    if mask is None:
        inner.copy_(x)
    else:  # four times as fast as torch.where
        inner.copy_(mask[first + above : first + len(inputs)]).mul_(x)
    inputs[:above] = 0
    inputs[above + len(x) :] = 0


def _reflect(inputs: Tensor, size: Sequence[int], top: int) -> None:
    """Pad what :func:`_fill` wrote by reflection."""
    height, width, _ = size
    if top == 0:
        inputs[0] = inputs[2]
    below = height + 1 - top
    if below < len(inputs):
        inputs[below] = inputs[below - 2]
    inputs[:, 0] = inputs[:, 2]
    inputs[:, width + 1] = inputs[:, width - 1]


def _fold(out: Tensor, padded: Tensor, top: int) -> None:
    """Write rows of a padded gradient, what was reflected added where it came from."""
    height, width, _ = out.shape
    padded[:, 2] += padded[:, 0]
    padded[:, width - 1] += padded[:, width + 1]
    padded = padded[:, 1 : width + 1]
    first = max(0, top - 1)
    rows = padded[first + 1 - top : height + 1 - top]
    out[first : first + len(rows)] = rows
    if top == 0:
        out[1] += padded[0]
    below = height + 1 - top
    if below < len(padded):
        out[height - 2] += padded[below]


def _empty(x: Tensor, channels: int) -> Tensor:
    batch, _, height, width = x.shape
    return x.new_empty(batch, height, width, channels).permute(0, 3, 1, 2)


def _first(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """As many values of a block as the shape asks for, side by side."""
    return x.flatten()[: torch.Size(shape).numel()].view(shape)
