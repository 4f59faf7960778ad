"""Clips of known motion: layers that move over one another, with their exact flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

Motion = Callable[[int], tuple[float, float, float]]
"""From a frame's number to a scale about the layer's middle, and px right and down."""


def still(frame: int) -> tuple[float, float, float]:
    """No motion."""
    return 1.0, 0.0, 0.0


def pan(right: float, down: float = 0.0) -> Motion:
    """So many px a frame; fractions of a pixel too."""
    return lambda frame: (1.0, right * frame, down * frame)


def zoom(factor: float) -> Motion:
    """Larger by a factor a frame, about the middle."""
    return lambda frame: (factor**frame, 0.0, 0.0)


@dataclass(frozen=True)
class Layer:
    """A picture that moves.

    Args:
        image: (1, 3, h, w) in [0, 1]; its middle lies in the frame's middle at first.
        mask: (h, w) in [0, 1] where it is seen; None: everywhere.
        motion: Of it.
    """

    image: Tensor
    mask: Tensor | None = None
    motion: Motion = still

    def shown(self, frame: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """(1, 3, H, W) and its (1, 1, H, W) alpha in a frame."""
        mask = torch.ones(self.image.shape[2:]) if self.mask is None else self.mask
        planes = torch.cat([self.image, mask[None, None]], dim=1)
        x, y = self.place(frame, size)
        h, w = self.image.shape[2:]
        grid = torch.stack([2 * (x + 0.5) / w - 1, 2 * (y + 0.5) / h - 1], dim=-1)
        seen = F.grid_sample(
            planes, grid[None].float(), "bicubic", "border", align_corners=False
        ).clamp(0, 1)
        return seen[:, :3], seen[:, 3:]

    def place(self, frame: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """(H, W) columns and rows of the layer that a frame's pixels show."""
        scale, right, down = self.motion(frame)
        y, x = torch.meshgrid(*(torch.arange(n).double() for n in size), indexing="ij")
        middle = [(n - 1) / 2 for n in (*size, *self.image.shape[2:])]
        return (
            (x - middle[1] - right) / scale + middle[3],
            (y - middle[0] - down) / scale + middle[2],
        )

    def seen_at(
        self, x: Tensor, y: Tensor, frame: int, size: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        """Columns and rows of a frame at which those of the layer are seen."""
        scale, right, down = self.motion(frame)
        middle = [(n - 1) / 2 for n in (*size, *self.image.shape[2:])]
        return (
            (x - middle[3]) * scale + middle[1] + right,
            (y - middle[2]) * scale + middle[0] + down,
        )


@dataclass(frozen=True)
class PlantedClip:
    """Layers over one another, the last on top.

    Args:
        layers: The lowest fills the frame.
        size: Height and width of a frame, px.
        count: Frames.
        first: Number of its first frame: where in their motion the layers begin.
    """

    layers: Sequence[Layer]
    size: tuple[int, int]
    count: int
    first: int = 0
    _frames: dict[int, Tensor] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Tensor:
        """(1, 3, H, W) in [0, 1]."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        if number not in self._frames:
            image = torch.zeros(1, 3, *self.size)
            for layer in self.layers:
                shown, alpha = layer.shown(number + self.first, self.size)
                image = torch.lerp(image, shown, alpha)
            self._frames[number] = image
        return self._frames[number]

    def top(self, number: int) -> Tensor:
        """(H, W) the layer that each pixel shows; -1 where two mix."""
        top = torch.zeros(self.size, dtype=torch.int64)
        for k, layer in enumerate(self.layers):
            alpha = layer.shown(number + self.first, self.size)[1][0, 0]
            top = torch.where(alpha > 0.98, k, torch.where(alpha > 0.02, -1, top))
        return top

    def flow(self, now: int, before: int) -> Tensor:
        """(1, 2, H, W) px from where a pixel is to where it was in another frame."""
        flow, top = torch.zeros(2, *self.size), self.top(now)
        y, x = torch.meshgrid(*(torch.arange(n) for n in self.size), indexing="ij")
        for k, layer in enumerate(self.layers):
            at = layer.place(now + self.first, self.size)
            was_x, was_y = layer.seen_at(*at, before + self.first, self.size)
            own = torch.stack([was_x - x, was_y - y]).float()
            flow = torch.where(top == k, own, flow)
        return flow[None]

    def visible(self, now: int, before: int) -> Tensor:
        """(H, W) whether what a pixel shows is seen in the other frame too."""
        top, was = self.top(now), self.top(before).float()
        height, width = self.size
        y, x = torch.meshgrid(*(torch.arange(n) for n in self.size), indexing="ij")
        dx, dy = self.flow(now, before)[0]
        x, y = x + dx, y + dy
        grid = torch.stack([2 * (x + 0.5) / width - 1, 2 * (y + 0.5) / height - 1], -1)
        known = []
        for there in (was, was.square()):  # one layer all around, not two that mix
            known.append(
                F.grid_sample(there[None, None], grid[None], align_corners=False)[0, 0]
            )
        same = (known[0] - top).abs() + (known[1] - top * top).abs() < 1e-3
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        return same & inside & (top >= 0)


def disc(height: int, width: int, radius: float) -> Tensor:
    """(height, width) a mask: 1 within so many px of the middle, rim soft by one."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    apart = torch.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    return (radius + 0.5 - apart).clamp(0, 1)


def cut(first: PlantedClip, second: PlantedClip) -> list[Tensor]:
    """The frames of two clips, one behind the other."""
    return [clip[n] for clip in (first, second) for n in range(len(clip))]
