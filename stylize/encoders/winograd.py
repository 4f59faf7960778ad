"""3×3 filters with a quarter of the multiplications (Lavin & Gray 2016).

F(4×4, 3×3): 36 products give a tile of 4×4 outputs, which directly take 144. The
additions that this costs are cheap as long as they stay in the cache, so the tiles go
a few rows at a time through two blocks of memory, to and fro.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

POINT = 0.6  # beside 0, ±1 and ∞; with the paper's 2 the largest error is higher
SQUARE, CUBE = POINT**2, POINT**3
BLOCK = 2**21  # values; half and twice as many take a tenth longer


@dataclass(frozen=True)
class Strip:
    """n rows of m tiles on their way through the stages.

    Args:
        top: Row of the outputs that they begin at, a multiple of 4.
        tiles: (n, m).
        filters: (36, C, D), see :func:`transformed`.
        blocks: Two of 36 * n * m * max(C, D) values or more.
    """

    top: int
    tiles: tuple[int, int]
    filters: Tensor
    blocks: tuple[Tensor, Tensor]

    def inputs(self, width: int) -> Tensor:
        """Memory of (4n + 2, width, C) that :meth:`columns` may be given."""
        return self._in(0, 4 * self.tiles[0] + 2, width, self.filters.shape[1])

    def columns(self, inputs: Tensor, left: int) -> Tensor:
        """Transform the inputs along y.

        Args:
            inputs: (4n + 2, W, C).
            left: Columns of padding before them.

        Returns:
            (6, n, 4m + 2, C); its other columns are for the caller to fill.
        """
        n, m = self.tiles
        out = self._in(1, 6, n, 4 * m + 2, inputs.shape[2])
        rows = [inputs[k : k + 4 * n - 3 : 4] for k in range(6)]
        _to_points(rows, out[:, :, left : left + inputs.shape[1]].unbind(0))
        return out

    def outputs(self, columns: Tensor, bias: Tensor | None = None) -> Tensor:
        """Products with the filters, added up and transformed back.

        Args:
            columns: What :meth:`columns` gave.
            bias: (D,) to add.

        Returns:
            (4n, 4m, D), to be read before the next strip.
        """
        n, m = self.tiles
        _, c, d = self.filters.shape
        tiles = self._in(0, 6, 6, n, m, c)
        _to_points(
            [columns[:, :, k : k + 4 * m - 3 : 4] for k in range(6)], tiles.unbind(1)
        )
        products = self._in(1, 6, 6, n, m, d)
        torch.bmm(
            tiles.view(36, n * m, c), self.filters, out=products.view(36, n * m, d)
        )
        if bias is not None:
            products[1, 1] += bias  # what is at the point 1 is in each output once
        halfway = self._in(0, 6, n, m, 4, d)
        _to_outputs(products.unbind(1), halfway.unbind(3))
        out = self._in(1, n, 4, 4 * m, d)
        _to_outputs(halfway.view(6, n, 4 * m, d).unbind(0), out.unbind(1))
        return out.view(4 * n, 4 * m, d)

    def _in(self, block: int, *shape: int) -> Tensor:
        return self.blocks[block][: torch.Size(shape).numel()].view(shape)


def strips(filters: Tensor, height: int, width: int) -> Iterator[Strip]:
    """All tiles of (height, width) outputs, in strips from top to bottom."""
    m, rows = -(-width // 4), -(-height // 4)
    values = 36 * m * max(filters.shape[1:])
    n = min(max(1, BLOCK // values), rows)
    blocks = filters.new_empty(n * values), filters.new_empty(n * values)
    for row in range(0, rows, n):
        yield Strip(4 * row, (min(n, rows - row), m), filters, blocks)


def transformed(weight: Tensor, *, flipped: bool = False) -> Tensor:
    """Filters at the six points along y and x (G g Gᵀ), perhaps turned by 180°.

    Args:
        weight: (C, D, 3, 3).
        flipped: Whether to turn them.

    Returns:
        (36, C, D).
    """
    one, other = 2 * (1 - SQUARE), 2 * SQUARE * (SQUARE - 1)
    points = ((0, SQUARE), (1, one), (-1, one), (POINT, other), (-POINT, other))
    rows = [[1 / scale, x / scale, x * x / scale] for x, scale in points]
    g = torch.tensor([*rows, [0, 0, 1]], dtype=torch.float64)
    both = torch.kron(g, g).to(weight)
    both = both.flip(1) if flipped else both
    c, d = weight.shape[:2]
    return (both @ weight.permute(2, 3, 0, 1).reshape(9, c * d)).view(36, c, d)


def _to_points(d: Sequence[Tensor], v: Sequence[Tensor]) -> None:
    """Values v at the six points from six inputs d (Bᵀ d)."""
    torch.sub(d[4], d[2], alpha=SQUARE, out=v[1])
    torch.sub(d[3], d[1], alpha=SQUARE, out=v[5])
    torch.sub(v[1], v[5], out=v[2])
    v[1].add_(v[5])
    torch.sub(d[4], d[2], out=v[3])
    torch.sub(d[3], d[1], out=v[5])
    torch.sub(v[3], v[5], alpha=POINT, out=v[4])
    torch.add(v[3], d[0], alpha=SQUARE, out=v[0]).sub_(d[2], alpha=SQUARE)
    v[3].add_(v[5], alpha=POINT)
    torch.sub(d[5], d[3], alpha=1 + SQUARE, out=v[5]).add_(d[1], alpha=SQUARE)


def _to_outputs(m: Sequence[Tensor], y: Sequence[Tensor]) -> None:
    """Four outputs y from the products m at six points (Aᵀ m); m is overwritten."""
    torch.add(m[1], m[2], out=y[0])
    torch.sub(m[1], m[2], out=y[1])
    torch.add(m[3], m[4], out=m[1])
    torch.sub(m[3], m[4], out=m[2])
    torch.add(y[0], m[1], alpha=SQUARE, out=y[2])
    torch.add(y[1], m[2], alpha=CUBE, out=y[3]).add_(m[5])
    y[1].add_(m[2], alpha=POINT)
    y[0].add_(m[1]).add_(m[0])
