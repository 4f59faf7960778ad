"""The patch term: which style patches the image wants, and how far it is from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.encoders.encoder import Encoded, Moments
from stylize.losses.terms import Objective, check_weight
from stylize.matching.coherence import coherent
from stylize.matching.folding import Folded, fold, patch_distance
from stylize.matching.hold import Hold
from stylize.matching.mask_guidance import Rare, crossing_share, guidance
from stylize.matching.nearest import index_styles, nearest_patches
from stylize.matching.propagation import improved, propagate, sketch_styles
from stylize.matching.schedule import NONE, WHOLE, Adaptive, Refresh, Renewal, Rows
from stylize.state import MISFIT, State
from stylize.strokes.restoration import Matched, Strokes


@dataclass(frozen=True)
class MRF:
    """Distance of each patch to its best style patch (Zhao et al. 2017, Eqs 3 and 4).

    Patches are matched on activations augmented with the masks (Champandard 2016)
    and compared on the activations alone, so the masks add nothing to the gradient;
    the mask part of Eq. 3 is constant once the match is fixed and is left out. With
    γ = 0 this is plain CNNMRF (Li & Wand 2016).

    For matching, each image's activations lose their mean and are divided by their
    root mean square per layer, so that a dark photograph finds more in a painting than
    its dark corner; the papers leave the mean in. Masks are multiplied by √C · γ / 10:
    at the paper's γ = 20 a certain mask is twice as long as a typical activation
    vector, whatever the encoder, the layer and the size.

    Args:
        weight: Of the mean squared distance per activation; layers add up.
        layers: Such as ``relu3_1``.
        gamma: Masks against activations, for all layers or by layer; 0 ignores the
            masks.
        patch_size: Cells of the feature map, odd.
        blocks: Weight of the image's own pixels by layer, in the loss only: the
            stride × stride block of pixels under each cell joins its activations, so
            that matched patches also bring their own strokes. 0 is the papers' method.
        center: Whether matching leaves out the mean activation; false is the papers'
            method.
        refresh: When matches are searched anew.
        by_count: Whether a cell counts once for each patch that covers it, as in
            Eq. 3; false counts each cell once, as the code of CNNMRF does.
        mebibytes: Bound on what a search works on at any time; None: 32 on a CPU,
            1024 elsewhere.
        mask_weights: γ_k: what γ is multiplied by for single masks, by name; those
            that the pair does not have are passed over. None: 1 for all.
        hold: How far patches are matched by the content instead of the picture as it
            is; None, the papers' method: not at all.
        strokes: What the picture gets back from the matched patches at the very end;
            None for nothing.
        rare: How soon a region that the styles show little of pulls less, so that the
            few patches are not repeated all over it; 0 lets them be. See
            :func:`stylize.matching.mask_guidance.rare_regions`.
        position_weight: What γ is multiplied by for places on a face, where the
            content and a style show one: eyes are painted from eyes, a left cheek from
            a left cheek. 0 is the papers' method.
    """

    weight: float
    layers: Sequence[str]
    gamma: float | Mapping[str, float]
    patch_size: int = 3
    blocks: dict[str, float] = field(default_factory=dict)
    center: bool = True
    refresh: Refresh = field(default_factory=Adaptive)
    by_count: bool = True
    mebibytes: float | None = None
    mask_weights: Mapping[str, float] | None = None
    rare: float = 3.0
    hold: Hold | None = None
    strokes: Strokes | None = None
    position_weight: float = 0.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_weight("rare", self.rare)
        check_weight("position_weight", self.position_weight)
        for layer in self.layers:
            check_weight("gamma", self.gamma_of(layer))
        for name, weight in (self.mask_weights or {}).items():
            check_weight(f"mask weight of {name}", weight)
        for layer, weight in self.blocks.items():
            check_weight(f"blocks of {layer}", weight)
            if layer not in self.layers:
                raise ValueError(
                    f"blocks name layer {layer}, which is not among the layers "
                    f"{', '.join(self.layers)}"
                )

    def gamma_of(self, layer: str) -> float:
        """γ of one layer."""
        if not isinstance(self.gamma, Mapping):
            return self.gamma
        if layer not in self.gamma:
            raise ValueError(
                f"gamma has no number for layer {layer}; it names "
                f"{', '.join(self.gamma) or 'none'}"
            )
        return self.gamma[layer]

    def prepare(
        self, content: Encoded, styles: Sequence[Encoded], strides: dict[str, int]
    ) -> Objective:
        """Index the styles' patches."""
        return PatchObjective(self, content, styles, strides)


class PatchObjective:
    """Weighted distance to the matched style patches, on all layers."""

    def __init__(
        self,
        term: MRF,
        content: Encoded,
        styles: Sequence[Encoded],
        strides: dict[str, int],
    ) -> None:
        self.weight, self.refresh = term.weight, term.refresh
        self.layers = [
            _Layer(term, content, styles, layer, strides[layer])
            for layer in term.layers
        ]
        self._renewal, self._seen = Renewal(), -1

    @property
    def searches(self) -> float:
        """How often everything was searched; searches of some rows add up."""
        return self._renewal.searches

    def __call__(self, current: Encoded, step: int) -> Tensor:
        """The loss; searches for matches first when that is due."""
        if step > self._seen:
            with torch.no_grad():
                self._renew(current, step)
            self._seen = step
        return self.weight * sum(
            (layer.loss(current) for layer in self.layers),
            current.image.new_zeros(()),
        )

    def _renew(self, current: Encoded, step: int) -> None:
        rows = self._renewal.rows(self.refresh, step)
        spreads = self.refresh.propagates and rows != WHOLE
        stale = [layer.renew(current, rows, spreads) for layer in self.layers]
        self._renewal = self._renewal.after(step, rows, max(stale))

    def finish(self, current: Encoded) -> Tensor:
        """The picture with the strokes of its matches on the finest layer."""
        finest = min(self.layers, key=lambda layer: layer.stride)
        if finest.strokes is None:
            return current.image
        matched = finest.settle(current, finest.strokes.sweeps)
        return finest.strokes(current.image, matched)

    def crossing(self) -> dict[str, float]:
        """Share of matches that cross a mask border, by layer.

        A match crosses when some mask says yes (0.5 apart) at the middle of one patch
        and no at the middle of the other.
        """
        return {layer.name: layer.crossing() for layer in self.layers}

    def rare(self) -> dict[str, tuple[Rare, ...]]:
        """Regions whose γ is relaxed, by layer; layers without any are left out."""
        return {layer.name: rare for layer in self.layers if (rare := layer.masks.rare)}

    def state_dict(self) -> State:
        """Matches, and what decides when they are searched anew."""
        return {
            "nearest": [layer.nearest for layer in self.layers],
            "renewal": (*astuple(self._renewal), self._seen),
        }

    def load_state_dict(self, state: State) -> None:
        """Go on with those matches."""
        for layer, nearest in zip(self.layers, state["nearest"], strict=True):
            layer.check(nearest)
            layer.take(nearest)
        *renewal, self._seen = state["renewal"]
        self._renewal = Renewal(*renewal)


class _Layer:
    """Matches of one layer."""

    def __init__(
        self,
        term: MRF,
        content: Encoded,
        styles: Sequence[Encoded],
        name: str,
        stride: int,
    ) -> None:
        maps = [style.features[name].float() for style in styles]
        mean_square = torch.cat([m.flatten() for m in maps]).square().mean()
        self.channels = channels = maps[0].shape[1]
        self.name, self.stride = name, stride
        self.size, self.center = term.patch_size, term.center
        self.by_count = term.by_count
        self.scale = float(mean_square.clamp_min(1e-12).rsqrt())
        self.masks = guidance(
            *(name, content, styles),
            *(term.gamma_of(name), term.mask_weights or {}, term.rare),
            term.position_weight,
        )
        self.held: tuple[Tensor, Tensor] | None = None  # the content, and α
        if term.hold is not None:
            wanted = self._augmented(content, self.masks.wish)
            self.held = wanted, term.hold(content, name)
        self.strokes = term.strokes
        self.images = [style.image for style in styles] if term.strokes else []
        blocks = term.blocks.get(name, 0.0)
        self.block_scale = sqrt(blocks * channels / (3 * stride * stride))
        augmented = [
            self._augmented(style, masks)
            for style, masks in zip(styles, self.masks.offers, strict=True)
        ]
        self.index = index_styles(augmented, size=self.size, mebibytes=term.mebibytes)
        self.sketch = sketch_styles(self.index) if term.refresh.propagates else None
        cells = [_cells(self._wanted(style)) for style in styles]
        self.cells = torch.cat([*cells, cells[0].new_zeros(1, cells[0].shape[1])])
        h, w = content.features[name].shape[2:]
        self.shape = h - self.size + 1, w - self.size + 1
        self.nearest: Tensor | None = None
        self.folded: Folded | None = None

    def renew(self, current: Encoded, rows: Rows, spreads: bool) -> float:
        """Find matches anew.

        Args:
            current: The image being painted.
            rows: To be searched.
            spreads: Whether before that all matches spread to where they fit better.

        Returns:
            Share of the matches of those rows that the search found better ones for.
        """
        nearest, stale = self.nearest, 0.0
        if rows == NONE and not spreads:
            return stale
        query = self._query(current)
        if spreads and nearest is not None:
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
            self.take(nearest)
        return stale

    def settle(self, current: Encoded, sweeps: int) -> Matched:
        """Make the matches as coherent as strokes need them."""
        assert self.nearest is not None
        self.nearest = self._coherent(self._query(current), self.nearest, sweeps)
        return Matched(self.nearest, self.index, self.images, self.stride)

    def _coherent(self, query: Tensor, nearest: Tensor, sweeps: int) -> Tensor:
        """Matches that continue one another, where strokes ask for it."""
        if self.strokes is None:
            return nearest
        return coherent(
            *(query, nearest, self.index),
            worth=self.strokes.coherence,
            sweeps=sweeps,
            channels=self.channels,
        )

    def check(self, nearest: Tensor) -> None:
        """Raise ValueError if these cannot be its matches."""
        width, beyond = self.index.width, self.size - 1
        if nearest.shape != self.shape or nearest.dtype != torch.int64:
            raise ValueError(MISFIT)
        if nearest.min() < 0 or nearest.max() >= len(width):
            raise ValueError(MISFIT)
        if (nearest + beyond * (width[nearest] + 1)).max() >= len(width):
            raise ValueError(MISFIT)

    def take(self, nearest: Tensor) -> None:
        """Let these be the matches."""
        self.nearest = nearest
        self.folded = fold(nearest, self.cells, self.index.width, size=self.size)

    def loss(self, current: Encoded) -> Tensor:
        """Mean squared distance per activation of the matched patches."""
        assert self.folded is not None
        channels = current.features[self.name].shape[1]
        cells = self.folded.count.numel()
        if self.by_count:
            cells = self.folded.patches * self.size**2
        wanted = self._wanted(current)
        distance = patch_distance(wanted, self.folded, by_count=self.by_count)
        return distance / (cells * channels)

    def crossing(self) -> float:
        """Share of matches that cross a mask border."""
        return crossing_share(self.nearest, self.masks, self.index.width, self.size)

    def _query(self, current: Encoded) -> Tensor:
        """(C, h, w) by which patches are matched: the picture, held to the content."""
        now = self._augmented(current, self.masks.wish)
        return now if self.held is None else torch.lerp(now, *self.held)

    def _augmented(self, encoded: Encoded, masks: Tensor) -> Tensor:
        features = encoded.features[self.name][0].float() * self.scale
        if self.center:
            features = self._centred(features, encoded.moments.get(self.name))
        return torch.cat([features, masks]) if self.masks.steers else features

    def _centred(self, features: Tensor, whole: Moments | None) -> Tensor:
        """Without their mean and at unit size; of a tile by the whole picture's."""
        if whole is not None:
            size = max(sqrt(max(whole.variance, 0)) * self.scale, 1e-6)
            return (features - whole.mean * self.scale) / size
        features = features - features.mean(dim=(1, 2), keepdim=True)
        return features / features.square().mean().sqrt().clamp_min(1e-6)

    def _wanted(self, encoded: Encoded) -> Tensor:
        """(1, C, h, w) of what the loss compares: activations, pixel blocks."""
        features = encoded.features[self.name].float() * self.scale
        if not self.block_scale:
            return features
        h, w = (side * self.stride for side in features.shape[2:])
        blocks = F.pixel_unshuffle(encoded.image[..., :h, :w], self.stride)
        return torch.cat([features, blocks * self.block_scale], dim=1)


def _cells(features: Tensor) -> Tensor:
    """(1, C, h, w) to (h · w, C)."""
    return features[0].flatten(1).T.contiguous()
