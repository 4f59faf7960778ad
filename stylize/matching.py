"""The patch objective: which style patches the image wants, and when to look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.encoder import Encoded
from stylize.folding import Folded, fold, patch_distance
from stylize.patches import nearest_patches, style_strips
from stylize.pyramid import downsample

PAPER_GAMMA = 10.0  # γ at which a certain mask is as long as a typical activation


class Refresh(Protocol):
    """Says at which steps the matches are searched anew."""

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether to search at ``step``.

        Args:
            step: Counts from 0 at each level.
            searched: Step of the last search.
            changed: Share of the matches that the last search changed.
        """


@dataclass(frozen=True)
class Every:
    """Search at every n-th step; 1 is the papers' way."""

    n: int = 1

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"refresh: every n steps needs n >= 1, got {self.n}")

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether n steps have gone by."""
        return step - searched >= self.n


@dataclass(frozen=True)
class Adaptive:
    """Search until matches settle, then ever more rarely.

    The next search comes after about ``tolerance / changed`` times as many steps as
    passed since matches last changed by ``changed``: while a tenth of them still moves
    with every step each step is searched, and once they rest every ``rarest``-th.

    Args:
        tolerance: Share of stale matches that is put up with, in (0, 1).
        rarest: Most steps between two searches.
    """

    tolerance: float = 0.1
    rarest: int = 20

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must lie in (0, 1), got {self.tolerance}")
        if self.rarest < 1:
            raise ValueError(f"rarest must be >= 1, got {self.rarest}")

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether the matches may have gone stale beyond the tolerance."""
        patience = min(self.rarest, max(1, int(self.tolerance / max(changed, 1e-9))))
        return step - searched >= patience


class PatchObjective:
    """Weighted distance to the matched style patches, on all layers.

    The arguments are :class:`stylize.terms.MRF`'s.
    """

    def __init__(
        self,
        content: Encoded,
        styles: Sequence[Encoded],
        *,
        weight: float,
        strides: dict[str, int],
        gamma: float,
        size: int,
        blocks: dict[str, float],
        center: bool,
        refresh: Refresh,
    ) -> None:
        self.weight, self.refresh = weight, refresh
        self.layers = [
            _Layer(
                content,
                styles,
                layer,
                stride,
                gamma,
                size,
                blocks.get(layer, 0),
                center,
            )
            for layer, stride in strides.items()
        ]
        self.searches = 0
        self._searched, self._changed = -1, 1.0

    def __call__(self, current: Encoded, step: int) -> Tensor:
        """The loss; searches for matches first when that is due."""
        first = self.searches == 0
        due = step > self._searched and self.refresh.due(
            step, self._searched, self._changed
        )
        if first or due:
            with torch.no_grad():
                changed = [layer.search(current) for layer in self.layers]
            waited = max(step - self._searched, 1)
            self._changed = 1.0 if first else max(changed) / waited
            self._searched, self.searches = step, self.searches + 1
        return self.weight * sum(
            (layer.loss(current) for layer in self.layers),
            current.image.new_zeros(()),
        )

    def crossing(self) -> dict[str, float]:
        """Share of matches that cross a mask border, by layer.

        A match crosses when some mask says yes (0.5 apart) at the middle of one patch
        and no at the middle of the other.
        """
        return {layer.name: layer.crossing() for layer in self.layers}


class _Layer:
    """Matches of one layer."""

    def __init__(
        self,
        content: Encoded,
        styles: Sequence[Encoded],
        name: str,
        stride: int,
        gamma: float,
        size: int,
        blocks: float,
        center: bool,
    ) -> None:
        maps = [style.features[name].float() for style in styles]
        mean_square = torch.cat([m.flatten() for m in maps]).square().mean()
        channels = maps[0].shape[1]
        self.name, self.stride, self.size, self.center = name, stride, size, center
        self.scale = float(mean_square.clamp_min(1e-12).rsqrt())
        self.mask_scale = sqrt(channels) * gamma / PAPER_GAMMA
        self.block_scale = sqrt(blocks * channels / (3 * stride * stride))
        self.content_masks = self._masks(content)
        self.style_masks = [self._masks(style) for style in styles]
        augmented = [
            self._augmented(style, masks)
            for style, masks in zip(styles, self.style_masks, strict=True)
        ]
        self.strips = style_strips(augmented, size=size)
        self.cells = torch.cat([_cells(self._wanted(style)) for style in styles])
        widths = [m.new_full((m.shape[2] * m.shape[3],), m.shape[3]) for m in maps]
        self.width = torch.cat(widths).long()
        self.nearest: Tensor | None = None
        self.folded: Folded | None = None

    def search(self, current: Encoded) -> float:
        """Find the matches anew; returns the share of them that changed."""
        query = self._augmented(current, self.content_masks)
        nearest = nearest_patches(query, self.strips, size=self.size)
        changed = 1.0
        if self.nearest is not None:
            changed = float((nearest != self.nearest).float().mean())
        self.nearest = nearest
        self.folded = fold(nearest, self.cells, self.width, size=self.size)
        return changed

    def loss(self, current: Encoded) -> Tensor:
        """Mean squared distance per activation of the matched patches."""
        assert self.folded is not None
        channels = current.features[self.name].shape[1]
        entries = self.folded.patches * self.size**2 * channels
        return patch_distance(self._wanted(current), self.folded) / entries

    def crossing(self) -> float:
        """Share of matches whose middles differ by more than 0.5 in some mask."""
        if self.nearest is None or not len(self.content_masks):
            return 0.0
        half, (h, w) = self.size // 2, self.nearest.shape
        own = self.content_masks[:, half : half + h, half : half + w]
        cells = torch.cat([_cells(m[None]) for m in self.style_masks])  # (N, K)
        middle = self.nearest + half * (self.width[self.nearest] + 1)
        apart = (cells[middle].permute(2, 0, 1) - own).abs().amax(dim=0)
        return float((apart > 0.5).float().mean())

    def _augmented(self, encoded: Encoded, masks: Tensor) -> Tensor:
        features = encoded.features[self.name][0].float() * self.scale
        if self.center:
            features = features - features.mean(dim=(1, 2), keepdim=True)
            features = features / features.square().mean().sqrt().clamp_min(1e-6)
        if not self.mask_scale:
            return features
        return torch.cat([features, masks * self.mask_scale])

    def _wanted(self, encoded: Encoded) -> Tensor:
        """(1, C, h, w) of what the loss compares: activations, pixel blocks."""
        features = encoded.features[self.name].float() * self.scale
        if not self.block_scale:
            return features
        h, w = (side * self.stride for side in features.shape[2:])
        blocks = F.pixel_unshuffle(encoded.image[..., :h, :w], self.stride)
        return torch.cat([features, blocks * self.block_scale], dim=1)

    def _masks(self, encoded: Encoded) -> Tensor:
        return downsample(encoded.masks, *encoded.features[self.name].shape[2:])


def _cells(features: Tensor) -> Tensor:
    """(1, C, h, w) to (h · w, C)."""
    return features[0].flatten(1).T.contiguous()
