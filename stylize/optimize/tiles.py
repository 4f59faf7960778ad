"""A level cut into tiles, so that what painting takes does not grow with the picture.

Each tile descends from the canvas as it stands and so continues what its neighbours
have painted. Towards the edge of a tile its pixels lose their freedom, and at the edge
nothing moves: what is written back meets the rest without a seam.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoded, Encoder, Moments
from stylize.losses.terms import Objective

UNIT = 16  # px; tiles begin at its multiples, so that their cells are the picture's


@dataclass(frozen=True)
class Tiles:
    """Into what a level is cut.

    Args:
        whole: Px; a level with no longer side is painted in one piece.
        side: Of a tile with its overlaps, px, a multiple of 16.
        overlap: Px of a tile, on each side, that are also its neighbour's; there its
            pixels are ever less free.

    Raises:
        ValueError: If a tile has no room beside its overlaps.
    """

    whole: int = 1280
    side: int = 1024
    overlap: int = 64

    def __post_init__(self) -> None:
        if self.overlap < UNIT:
            raise ValueError(
                f"overlap of tiles must be >= {UNIT} px, got {self.overlap}"
            )
        if self.side % UNIT or self.side < 3 * self.overlap:
            raise ValueError(
                f"side of tiles must be a multiple of {UNIT} px and at least three "
                f"times the overlap of {self.overlap} px, got {self.side}"
            )

    def grid(self, height: int, width: int) -> list[Tile]:
        """The tiles of a level, row by row; a single one if it is painted whole."""
        if max(height, width) <= self.whole:
            return [Tile(slice(0, height), slice(0, width))]
        return [
            Tile(rows, columns)
            for rows in self._spans(height)
            for columns in self._spans(width)
        ]

    def _spans(self, length: int) -> list[slice]:
        """Equal parts of a side, each with its overlaps."""
        own = self.side - 2 * self.overlap
        count = 1 + max(0, ceil((length - self.side) / own))
        if count == 1:
            return [slice(0, length)]
        even = (length + (count - 1) * 2 * self.overlap) / count
        side = ceil(even / UNIT) * UNIT
        step = (length - side) / (count - 1)
        starts = [int(k * step / UNIT) * UNIT for k in range(count)]
        return [*(slice(s, s + side) for s in starts[:-1]), slice(starts[-1], length)]


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a picture."""

    rows: slice
    columns: slice

    def of(self, planes: Tensor) -> Tensor:
        """This part of (..., H, W), as a copy."""
        return planes[..., self.rows, self.columns].clone(
            memory_format=torch.contiguous_format
        )

    def put(self, planes: Tensor, part: Tensor) -> None:
        """Write this part of (..., H, W)."""
        planes[..., self.rows, self.columns] = part

    @property
    def area(self) -> int:
        """Px."""
        rows, columns = self.rows, self.columns
        return (rows.stop - rows.start) * (columns.stop - columns.start)

    def window(self, height: int, width: int, overlap: int) -> Tensor:
        """(h, w) how free each pixel is: 1, and towards a neighbour down to 0.

        Args:
            height: Of the picture, px; at its own border all pixels are free.
            width: Likewise.
            overlap: Px.
        """
        across = _ramp(self.columns, width, overlap)
        return torch.outer(_ramp(self.rows, height, overlap), across)


@dataclass(frozen=True)
class Frame:
    """Pixels held where a window says so: start + window · (pixels - start).

    Args:
        start: (1, 3, h, w).
        window: (h, w) in [0, 1].
    """

    start: Tensor
    window: Tensor

    def __call__(self, pixels: Tensor) -> Tensor:
        """The image that the pixels stand for."""
        return torch.lerp(self.start, pixels, self.window)

    def encoder(self, encoder: Encoder) -> Any:
        """The encoder, seen from the pixels."""
        return lambda pixels, layers: encoder(self(pixels), layers)

    def objectives(self, objectives: Mapping[str, Objective]) -> dict[str, Objective]:
        """The objectives, seen from the pixels."""
        return {name: self._framed(each) for name, each in objectives.items()}

    def _framed(self, objective: Objective) -> Objective:
        def loss(current: Encoded, step: int) -> Tensor:
            picture = replace(current.picture, image=self(current.image))
            return objective.loss(replace(current, picture=picture), step)

        return replace(objective, loss=loss)


def moments_of(
    image: Tensor,
    grid: Sequence[Tile],
    features: Callable[[Tensor], Mapping[str, Tensor]],
) -> dict[str, Moments]:
    """Moments of a whole picture's activations, taken tile by tile.

    A tile of nothing but sky has little variance and a mean of its own; what it
    resembles in a painting depends on the picture that it belongs to.

    Args:
        image: (1, 3, H, W).
        grid: Its tiles; overlaps count twice.
        features: From a tile to its (1, C, h, w) activations by layer.
    """
    cells: dict[str, int] = {}
    sums: dict[str, Tensor] = {}
    for tile in grid:
        for layer, found in features(tile.of(image)).items():
            flat = found[0].flatten(1).double()
            both = torch.stack([flat.sum(dim=1), flat.square().sum(dim=1)])
            cells[layer] = cells.get(layer, 0) + flat.shape[1]
            sums[layer] = sums.get(layer, 0) + both
    moments = {}
    for layer, (total, squares) in sums.items():
        mean = total / cells[layer]
        variance = float((squares / cells[layer] - mean.square()).mean())
        moments[layer] = Moments(mean.float()[:, None, None], variance)
    return moments


def _ramp(span: slice, length: int, overlap: int) -> Tensor:
    """(span,) smoothly from 0 to 1 over the overlap with each neighbour."""
    place = torch.arange(span.start, span.stop) + 0.5
    near = torch.full_like(place, overlap)
    if span.start > 0:
        near = torch.minimum(near, place - span.start)
    if span.stop < length:
        near = torch.minimum(near, span.stop - place)
    t = near / overlap
    return t * t * (3 - 2 * t)
