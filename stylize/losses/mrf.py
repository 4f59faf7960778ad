"""The patch term: which style patches the image wants, and how far it is from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from math import sqrt

import torch
from torch import Tensor

from stylize.deterministic import inverse_size
from stylize.encoders.encoder import Encoded
from stylize.losses.terms import Objective
from stylize.matching.carrying import LayerMatches, matched_since
from stylize.matching.hold import Hold
from stylize.matching.mask_guidance import UnderRepresented, guidance
from stylize.matching.patch_layer import Features, PatchLayer
from stylize.matching.schedule import WHOLE, Adaptive, Refresh, Searches
from stylize.ranges import check_weight
from stylize.state import State
from stylize.strokes.restoration import Matched, Strokes
from stylize.strokes.voting import voted


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
        strokes: What restores the style's strokes at the very end; None: nothing.
        coverage: How many patches a region needs in the styles; the mask of an
            under-represented one counts less, so that its few patches are not repeated
            all over it. 0 is the papers' method. See
            :func:`stylize.matching.mask_guidance.under_represented_regions`.
        position_weight: What γ is multiplied by for positions on a face, where the
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
    coverage: float = 3.0
    hold: Hold | None = None
    strokes: Strokes | None = None
    position_weight: float = 0.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_weight("coverage", self.coverage)
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

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Index the styles' patches."""
        matches = PatchMatches(self, content, styles)
        return Objective(matches.loss, matches)

    def matched_layer(
        self, layer: str, content: Encoded, styles: Sequence[Encoded]
    ) -> PatchLayer:
        """The patches of one layer, not searched yet."""
        masks = guidance(
            layer,
            content,
            styles,
            gamma=self.gamma_of(layer),
            mask_weights=self.mask_weights or {},
            coverage=self.coverage,
            position_weight=self.position_weight,
        )
        features = self._features(layer, content, styles)
        held = None
        if self.hold is not None:
            wanted = features.matched(content, masks.query)
            held = wanted, self.hold(content, layer)
        return PatchLayer(
            features,
            masks,
            styles,
            size=self.patch_size,
            by_count=self.by_count,
            mebibytes=self.mebibytes,
            held=held,
            coherence=self.strokes.coherence if self.strokes else 0.0,
        )

    def _features(
        self, layer: str, content: Encoded, styles: Sequence[Encoded]
    ) -> Features:
        maps = [style.features[layer].float() for style in styles]
        channels, stride = maps[0].shape[1], content.strides[layer]
        blocks = self.blocks.get(layer, 0.0)
        return Features(
            layer,
            stride,
            scale=inverse_size(maps),
            center=self.center,
            block_scale=sqrt(blocks * channels / (3 * stride * stride)),
        )


class PatchMatches:
    """Weighted distance to the matched style patches, on all layers."""

    def __init__(
        self,
        term: MRF,
        content: Encoded,
        styles: Sequence[Encoded],
    ) -> None:
        self.weight, self.strokes = term.weight, term.strokes
        self.refresh = term.refresh
        self.layers = {
            layer: term.matched_layer(layer, content, styles) for layer in term.layers
        }
        self.images = [style.image for style in styles]
        self._searches, self._seen = Searches(), -1
        self._carried: dict[str, LayerMatches] = {}

    @property
    def searches(self) -> float:
        """Exact searches so far; searches of some rows add up to whole ones."""
        return self._searches.count

    def loss(self, current: Encoded, step: int) -> Tensor:
        """The weighted distance; searches for matches first when that is due."""
        if step > self._seen:
            with torch.no_grad():
                self._search(current, step)
            self._seen = step
        distances = (layer.loss(current) for layer in self.layers.values())
        return self.weight * sum(distances, current.image.new_zeros(()))

    def _search_once(self, current: Encoded) -> None:
        """Search, if that was never done."""
        if not self._searches.count:
            self._search(current, 0)

    def _search(self, current: Encoded, step: int) -> None:
        rows = self._searches.rows(self.refresh, step)
        propagates = self.refresh.propagates and rows != WHOLE
        layers = self.layers.values()
        stale = [layer.search(current, rows, propagates) for layer in layers]
        self._searches = self._searches.after(step, rows, max(stale))

    def carry_on(
        self,
        current: Encoded,
        last: Mapping[str, LayerMatches],
        vectors: Tensor,
        new: Tensor,
    ) -> None:
        """Before any step take over the last picture's matches; search stale ones.

        Args:
            current: The picture before any step.
            last: The last one's matches, by layer.
            vectors: (1, 2, H, W) px from where a pixel is to where it was.
            new: (H, W) in [0, 1] how far what is seen was not seen before.
        """
        with torch.no_grad():
            self._carried = {
                name: layer.carry_on(current, last[name], vectors, new)
                for name, layer in self.layers.items()
            }
        self._searches = Searches(count=1.0, moved=0.0)

    def carried(self) -> dict[str, LayerMatches]:
        """The matches for the next picture, by layer."""
        return {
            name: matched_since(layer.nearest, self._carried.get(name))
            for name, layer in self.layers.items()
            if layer.nearest is not None
        }

    def voted(self, current: Encoded, share: float) -> Tensor:
        """Search, and draw the picture towards what its matches vote for.

        Args:
            current: The picture before any step.
            share: How far, from 0 to 1.
        """
        with torch.no_grad():
            self._search_once(current)
            assert self.finest.nearest is not None
            return voted(current.image, self._matched(self.finest.nearest), share)

    def finish(self, current: Encoded) -> Tensor:
        """The picture with the strokes of its matches on the finest layer."""
        if self.strokes is None:
            return current.image
        self._search_once(current)
        nearest = self.finest.coherent_matches(current, self.strokes.sweeps)
        return self.strokes(current.image, self._matched(nearest))

    @property
    def finest(self) -> PatchLayer:
        """The layer with the smallest cells."""
        return min(self.layers.values(), key=lambda layer: layer.features.stride)

    def _matched(self, nearest: Tensor) -> Matched:
        layer = self.finest
        return Matched(nearest, layer.index, self.images, layer.features.stride)

    def crossing(self) -> dict[str, float]:
        """Share of matches that cross a mask border, by layer.

        A match crosses when some mask says yes (0.5 apart) at the middle of one patch
        and no at the middle of the other.
        """
        return {name: layer.crossing() for name, layer in self.layers.items()}

    def under_represented(self) -> dict[str, tuple[UnderRepresented, ...]]:
        """Regions whose γ is relaxed, by layer; layers without any are left out."""
        return {
            name: found
            for name, layer in self.layers.items()
            if (found := layer.masks.under_represented)
        }

    def state_dict(self) -> State:
        """Matches, and what decides when they are searched anew."""
        return {
            "nearest": [layer.nearest for layer in self.layers.values()],
            "searches": (*astuple(self._searches), self._seen),
        }

    def load_state_dict(self, state: State) -> None:
        """Go on with those matches."""
        for layer, nearest in zip(self.layers.values(), state["nearest"], strict=True):
            layer.check_matches(nearest)
            layer.set_matches(nearest)
        *searches, self._seen = state["searches"]
        self._searches = Searches(*searches)
