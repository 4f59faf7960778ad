"""Texture region by region: each takes the statistics of its own in the styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.gram import check_mix, gram_distance, guided_grams, mixed, supplied
from stylize.losses.guides import Guides, propagated
from stylize.losses.terms import Objective
from stylize.losses.texture_features import (
    BLOCK,
    PIXELS,
    See,
    check_texture,
    encoder_layers,
    seeing,
)
from stylize.picture import as_trusted
from stylize.ranges import check_weight


def guided_means(features: Tensor, cells: Tensor) -> Tensor:
    """Mean activation of each region.

    Args:
        features: (1, C, h, w).
        cells: (R, h, w) what each cell counts.

    Returns:
        (R, C).
    """
    return cells.flatten(1) @ features[0].flatten(1).T


def mean_distance(current: Tensor, target: Tensor) -> Tensor:
    """(R, C) twice to (R,): mean squared difference."""
    return (current - target).square().mean(dim=1)


@dataclass(frozen=True)
class _Kind:
    """A statistic of (1, C, h, w) features, by (R, h, w) cells, and its distance."""

    statistic: Callable[[Tensor, Tensor], Tensor]
    distance: Callable[[Tensor, Tensor], Tensor]
    power: int


@dataclass(frozen=True)
class _Guided:
    """A statistic compared region by region."""

    weight: float
    texture: dict[str, float]
    guides: Guides = field(default_factory=Guides)
    mix: Sequence[float] = ()
    kind: ClassVar[_Kind]

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_texture(self.texture)
        check_mix(self.mix)

    @property
    def layers(self) -> list[str]:
        """Layers of the encoder that the objective reads."""
        return encoder_layers(self.texture)

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Compute the statistic of the styles' regions."""
        return _objective(self, content, styles)


@dataclass(frozen=True)
class GuidedGram(_Guided):
    """Distance between the Gram matrices of regions (Gatys et al. 2017, poster).

    With ``normalise`` and ``cutoff`` of the guides also the style loss of Wang & Wang,
    Eqs 6 and 7. The Gram matrix of the whole picture is a term of its own,
    :class:`stylize.Gram`. Distances are relative to the styles' matrices, as there.

    Args:
        weight: Of the sum over layers and regions, the regions' own weights adding up
            to 1 by default.
        texture: Weight by layer, as for :class:`stylize.Gram`.
        guides: How masks become guides.
        mix: Weight of each style; empty counts them alike. A region's target is the
            mean of the styles' matrices by these weights and the styles' shares of it.
    """

    kind = _Kind(guided_grams, gram_distance, power=2)


@dataclass(frozen=True)
class GuidedMean(_Guided):
    """Distance between the mean activations of regions (Gatys et al. 2017, poster).

    Cheaper than :class:`GuidedGram`, and meant to go with :class:`stylize.Gram`: the
    means say which region is which, the matrix of the whole says how it is painted.
    Distances are relative to the styles' mean square. A departure from the poster:
    means are taken over the region, so that regions may differ in size.

    Args:
        weight: As for :class:`GuidedGram`.
        texture: Likewise.
        guides: Likewise.
        mix: Likewise.
    """

    kind = _Kind(guided_means, mean_distance, power=1)


@dataclass(frozen=True)
class _Bound:
    """The regions of one layer: their cells, their targets, and what each counts."""

    cells: Tensor  # (R, h, w)
    targets: Tensor  # (R, ...)
    strengths: Tensor  # (R,)


def _objective(term: _Guided, content: Encoded, styles: Sequence[Encoded]) -> Objective:
    mix = mixed(term.mix, len(styles))
    see = seeing(styles, supplied(content, styles, mix))
    bound = {layer: _bound(term, content, styles, layer, see) for layer in term.texture}

    def loss(current: Encoded, step: int) -> Tensor:
        total = current.image.new_zeros(())
        for layer, regions in bound.items():
            if len(regions.cells):
                found = term.kind.statistic(see(current, layer), regions.cells)
                distances = term.kind.distance(found, regions.targets)
                total = total + term.texture[layer] * distances @ regions.strengths
        return term.weight * total

    return Objective(loss)


def _bound(
    term: _Guided,
    content: Encoded,
    styles: Sequence[Encoded],
    layer: str,
    see: See,
) -> _Bound:
    stride = BLOCK if layer == PIXELS else content.strides[layer]
    guides = term.guides
    parts = guides.parts(styles, mixed(term.mix, len(styles)))  # (S, K)

    def cells(encoded: Encoded, masks: Tensor) -> Tensor:
        _, _, *size = see(encoded, layer).shape
        radius = encoded.radii.get(layer, 0)
        found = propagated(masks, size, stride, radius, guides.propagation)
        return guides.cells(found, term.kind.power)

    own = cells(content, guides.content_masks(content, parts))
    trust = content.picture.trust
    painted = [
        as_trusted(cells(style, style.picture.masks), trust * style.picture.trust)
        for style in styles
    ]
    given = parts * torch.stack([each.sum(dim=(1, 2)) > 0 for each in painted])
    strengths = guides.strengths(content, parts)
    strengths = strengths * (given.sum(dim=0) > 0) * (own.sum(dim=(1, 2)) > 0)
    kept = strengths.nonzero()[:, 0]
    given = (given / given.sum(dim=0).clamp_min(1e-12))[:, kept]
    targets = torch.stack(
        [
            torch.einsum(
                "r,r...->r...", part, term.kind.statistic(see(s, layer), c[kept])
            )
            for part, s, c in zip(given, styles, painted, strict=True)
        ]
    ).sum(dim=0)
    return _Bound(own[kept], targets, strengths[kept])
