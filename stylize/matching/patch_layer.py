"""Matches of one layer: the styles' patches, the query, the matches found so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.deterministic import mean
from stylize.encoders.encoder import Encoded
from stylize.matching.carrying import LayerMatches, moved
from stylize.matching.coherence import coherent
from stylize.matching.folding import Folded, fold, patch_distance
from stylize.matching.mask_guidance import Guidance, crossing_share
from stylize.matching.nearest import (
    StyleIndex,
    index_styles,
    nearest_patches,
    nearest_where,
)
from stylize.matching.propagation import Sketch, improved, propagate, sketch_styles
from stylize.matching.schedule import NONE, Rows
from stylize.state import MISFIT

FLAT = 0.7  # strength below which it is not evened out, of the typical one's


@dataclass(frozen=True)
class Features:
    """What patches of a layer are matched by, and compared by in the loss.

    Args:
        layer: Such as ``relu3_1``.
        stride: Px a cell.
        scale: That activations are multiplied by, for a mean square of 1 in the styles.
        center: Whether matching leaves out the mean activation.
        block_scale: That the pixel blocks under the cells are multiplied by; 0: none.
    """

    layer: str
    stride: int
    scale: float
    center: bool
    block_scale: float

    def matched(self, encoded: Encoded, guidance: Tensor) -> Tensor:
        """(C + G, h, w) that a patch is found by: activations and guidance channels."""
        features = encoded.features[self.layer][0].float() * self.scale
        if self.center:
            features = self._standardised(features, encoded)
            if len(guidance):
                features = evened(features)
        return torch.cat([features, guidance])

    def compared(self, encoded: Encoded) -> Tensor:
        """(1, C, h, w) that the loss compares: activations and pixel blocks."""
        features = encoded.features[self.layer].float() * self.scale
        if not self.block_scale:
            return features
        h, w = (side * self.stride for side in features.shape[2:])
        blocks = F.pixel_unshuffle(encoded.image[..., :h, :w], self.stride)
        return torch.cat([features, blocks * self.block_scale], dim=1)

    def _standardised(self, features: Tensor, encoded: Encoded) -> Tensor:
        """Without their mean and at unit size; of a tile by the whole picture's."""
        if encoded.moments:
            whole = encoded.moments[self.layer]
            size = max(sqrt(max(whole.variance, 0)) * self.scale, 1e-6)
            return (features - whole.mean * self.scale) / size
        features = features - features.mean(dim=(1, 2), keepdim=True)
        return features / mean(features.square()).sqrt().clamp_min(1e-6)


def evened(features: Tensor) -> Tensor:
    """Activations whose strength differs less from place to place.

    Patches are compared by their cosine. Masks beside activations of any strength would
    make it prefer the styles' weak patches, their calm spots, for lack of a difference.
    Each cell is divided by the root mean square of the 3×3 cells around, softly.

    Args:
        features: (C, h, w) of mean square 1.
    """
    energy = features.square().mean(dim=0)[None, None]
    around = F.avg_pool2d(F.pad(energy, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return features * ((1 + FLAT) / (around[0].sqrt() + FLAT))


class PatchLayer:
    """The matches of one layer; what it is made of stays fixed over a level.

    Args:
        features: What patches are matched and compared by.
        masks: Of the layer.
        styles: Whose patches are searched.
        size: Side of a patch, cells.
        by_count: Whether a cell counts once for each patch that covers it.
        mebibytes: Bound on what a search works on; None: chosen by the device.
        held: The content as it is matched, (C, h, w), and α, (h, w); None: nothing.
        coherence: Cosine that is given up for matches that continue one another.
    """

    def __init__(
        self,
        features: Features,
        masks: Guidance,
        styles: Sequence[Encoded],
        *,
        size: int,
        by_count: bool,
        mebibytes: float | None,
        held: tuple[Tensor, Tensor] | None,
        coherence: float,
    ) -> None:
        self.features, self.masks, self.held = features, masks, held
        self.size, self.by_count, self.coherence = size, by_count, coherence
        self.channels = styles[0].features[features.layer].shape[1]
        maps = [
            features.matched(style, key)
            for style, key in zip(styles, masks.keys, strict=True)
        ]
        self.index: StyleIndex = index_styles(maps, size=size, mebibytes=mebibytes)
        cells = [features.compared(style)[0].flatten(1).T for style in styles]
        self.cells = torch.cat([*cells, cells[0].new_zeros(1, cells[0].shape[1])])
        h, w = masks.content.shape[1:]
        self.shape = h - size + 1, w - size + 1
        self.nearest: Tensor | None = None
        self.folded: Folded | None = None

    @cached_property
    def sketch(self) -> Sketch | None:
        """Of the styles' patches, made once matches are propagated."""
        return sketch_styles(self.index)

    def search(self, current: Encoded, rows: Rows, propagates: bool) -> float:
        """Find matches anew.

        Args:
            current: The image being painted.
            rows: To be searched.
            propagates: Whether before that all matches spread to where they fit better.

        Returns:
            Share of the matches of those rows that the search found better ones for.
        """
        nearest, stale = self.nearest, 0.0
        if rows == NONE and not propagates:
            return stale
        query = self._query(current)
        if propagates and nearest is not None:
            nearest = propagate(query, nearest, self.index, self.sketch)
        height = query.shape[1] - self.size + 1
        first, last = (round(share * height) for share in rows)
        if first < last:
            band = query[:, first : last + self.size - 1]
            found = nearest_patches(band, self.index)
            if nearest is None:
                nearest = found
            else:
                stale = improved(band, nearest[first:last], found, self.index)
                nearest = torch.cat([nearest[:first], found, nearest[last:]])
            nearest = self._coherent(query, nearest, sweeps=1)
        if nearest is not None:
            self.set_matches(nearest)
        return stale

    def carry_on(
        self, current: Encoded, last: LayerMatches, vectors: Tensor, new: Tensor
    ) -> LayerMatches:
        """Take over the last picture's matches, and search for those that are stale.

        Args:
            current: The image being painted.
            last: The last picture's matches.
            vectors: (1, 2, H, W) px from where a pixel is to where it was.
            new: (H, W) in [0, 1] how far what is seen was not seen before.

        Returns:
            They as they were carried along.
        """
        self.check_matches(last.nearest)
        carried = moved(last, vectors, new, self.index, self.features.stride)
        query = self._query(current)
        nearest = nearest_where(query, self.index, carried.stale, carried.nearest)
        self.set_matches(self._coherent(query, nearest, sweeps=1))
        return carried

    def coherent_matches(self, current: Encoded, sweeps: int) -> Tensor:
        """(h, w) the matches, as coherent as that many sweeps make them."""
        assert self.nearest is not None
        self.nearest = self._coherent(self._query(current), self.nearest, sweeps)
        return self.nearest

    def loss(self, current: Encoded) -> Tensor:
        """Mean squared distance per activation of the matched patches."""
        assert self.folded is not None
        channels = current.features[self.features.layer].shape[1]
        cells = self.folded.count.numel()
        if self.by_count:
            cells = self.folded.patches * self.size**2
        compared = self.features.compared(current)
        distance = patch_distance(compared, self.folded, by_count=self.by_count)
        return distance / (cells * channels)

    def crossing(self) -> float:
        """Share of matches that cross a mask border."""
        return crossing_share(self.nearest, self.masks, self.index.width, self.size)

    def set_matches(self, nearest: Tensor) -> None:
        """Let these be the matches."""
        self.nearest = nearest
        self.folded = fold(nearest, self.cells, self.index.width, size=self.size)

    def check_matches(self, nearest: Tensor) -> None:
        """Raise ValueError if these cannot be its matches."""
        width, beyond = self.index.width, self.size - 1
        if nearest.shape != self.shape or nearest.dtype != torch.int64:
            raise ValueError(MISFIT)
        if nearest.min() < 0 or nearest.max() >= len(width):
            raise ValueError(MISFIT)
        if (nearest + beyond * (width[nearest] + 1)).max() >= len(width):
            raise ValueError(MISFIT)

    def _query(self, current: Encoded) -> Tensor:
        """(C, h, w) by which patches are matched: the picture, held to the content."""
        now = self.features.matched(current, self.masks.query)
        return now if self.held is None else torch.lerp(now, *self.held)

    def _coherent(self, query: Tensor, nearest: Tensor, sweeps: int) -> Tensor:
        if not self.coherence:
            return nearest
        return coherent(
            query,
            nearest,
            self.index,
            worth=self.coherence,
            sweeps=sweeps,
            channels=self.channels,
        )
