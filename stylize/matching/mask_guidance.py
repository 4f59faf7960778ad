"""How the masks guide the matching on one layer: how hard each pulls, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.terms import named_masks
from stylize.pyramid import downsample

UNIT_GAMMA = 10.0  # γ at which a certain mask is as long as a typical activation
FAR_SMALLER = 0.1  # of the content's patches: with more of them a region is not rare


@dataclass(frozen=True)
class Rare:
    """A region of the content that the styles show too little of.

    Args:
        name: Of its mask.
        patches: Of all styles, each counted by the square of its mask.
        needed: For γ to hold as it stands.
        content: Patches of the content, counted likewise.
    """

    name: str
    patches: float
    needed: float
    content: float

    @property
    def kept(self) -> float:
        """The part of γ that is left to the region, in [0, 1)."""
        return self.patches / self.needed


@dataclass(frozen=True)
class Guidance:
    """The masks on the cells of one layer.

    Args:
        content: (K, h, w) of the content.
        styles: (K, h, w) of each style.
        scale: (K, 1, 1) that masks are multiplied by before they join activations.
        rare: Regions whose pull is relaxed.
        names: Of the masks.
        places: Where on a face the cells lie, ready to join activations: (P, h, w) of
            the content and of each style, P = 0 where no face is heeded.
    """

    content: Tensor
    styles: list[Tensor]
    scale: Tensor
    rare: tuple[Rare, ...]
    names: tuple[str, ...]
    places: list[Tensor]

    @property
    def steers(self) -> bool:
        """Whether the masks have a say."""
        return bool(self.scale.any()) or len(self.places[0]) > 0

    @property
    def wish(self) -> Tensor:
        """(K + P, h, w) what the content asks for, to be joined to its activations.

        A rare region asks more softly. The styles' side stays as it is, so all their
        patches keep their length, and none is preferred for being short of a mask.
        """
        kept = {rare.name: rare.kept for rare in self.rare}
        factors = [kept.get(name, 1.0) for name in self.names]
        parts = self.scale.new_tensor(factors).square()  # as if γ were, on both sides
        masks = self.content * (self.scale * parts[:, None, None])
        return torch.cat([masks, self.places[0]])

    @property
    def offers(self) -> list[Tensor]:
        """(K + P, h, w) what each style has, to be joined to its activations."""
        return [
            torch.cat([masks * self.scale, places])
            for masks, places in zip(self.styles, self.places[1:], strict=True)
        ]


def guidance(
    layer: str,
    content: Encoded,
    styles: Sequence[Encoded],
    gamma: float,
    weights: Mapping[str, float],
    rare: float,
    position_weight: float = 0.0,
) -> Guidance:
    """The masks of one layer, ready to steer.

    Args:
        layer: Such as ``relu3_1``.
        content: The content.
        styles: The styles, with the same masks; their unmatched regions are excluded.
        gamma: Masks against activations.
        weights: Of single masks, by name; γ is multiplied by them.
        rare: How soon a region is rare, as :func:`rare_regions` takes it.
        position_weight: Of places on a face; γ is multiplied by it.
    """
    excluded = dict.fromkeys(name for style in styles for name in style.unmatched)
    names = (*content.names, *excluded)
    own, *others = (_on_cells(each, layer, names) for each in (content, *styles))
    channels = content.features[layer].shape[1]
    pulls = own.new_tensor([weights.get(name, 1.0) for name in names])
    unit = sqrt(channels) * gamma / UNIT_GAMMA
    found = rare_regions(names, own, others, rare) if gamma else ()
    places = _places(layer, [content, *styles], unit * position_weight)
    return Guidance(own, others, pulls[:, None, None] * unit, found, names, places)


def _places(layer: str, pictures: Sequence[Encoded], scale: float) -> list[Tensor]:
    """(P, h, w) of each picture: where on a face the cells of a layer lie.

    A place x in [0, 1] is told as (cos πx, sin πx), whose length is the same wherever
    that is: of two places alike the product is 1, a tenth of the face apart 0.95.
    With x and y together a certain place is as long as a certain mask.

    Args:
        layer: Such as ``relu3_1``.
        pictures: The content and its styles.
        scale: That a place is multiplied by; at 0 there is none, P being 0.
    """
    heeded = scale > 0 and pictures[0].positions is not None
    places = []
    for each in pictures:
        size = each.features[layer].shape[2:]
        if not heeded or each.positions is None:
            places.append(each.image.new_zeros(4 * heeded, *size))
            continue
        x, y, mask = downsample(each.positions, *size)
        angles = torch.stack([x, y]) * (pi / mask.clamp_min(1e-6))
        both = torch.cat([angles.cos(), angles.sin()])
        places.append(both * mask * (scale / sqrt(2)))
    return places


def _on_cells(encoded: Encoded, layer: str, names: Sequence[str]) -> Tensor:
    """(K, h, w) masks of those names on a layer's cells; zeros for missing ones."""
    size = encoded.features[layer].shape[2:]
    found = named_masks(encoded, *size)
    none = encoded.masks.new_zeros(1, *size)
    return torch.cat([none[:0], *(found.get(name, none[0])[None] for name in names)])


def rare_regions(
    names: Sequence[str], content: Tensor, styles: Sequence[Tensor], rare: float
) -> tuple[Rare, ...]:
    """Regions that few patches of the styles would have to fill.

    A region of N patches needs rare · √N of the styles, or N / 10 if that is less: with
    n patches to choose from each is put to use N / n times.

    Args:
        names: Of the masks.
        content: (K, h, w).
        styles: (K, h, w) of each.
        rare: 0 finds none.
    """
    own = content.square().sum(dim=(1, 2)).tolist()
    others = sum((s.square().sum(dim=(1, 2)) for s in styles), content.new_zeros(()))
    shown = torch.broadcast_to(others, (len(own),)).tolist()
    regions = (
        Rare(name, found, min(rare * sqrt(wanted), FAR_SMALLER * wanted), wanted)
        for name, found, wanted in zip(names, shown, own, strict=True)
    )
    return tuple(region for region in regions if region.patches < region.needed)


def crossing_share(
    nearest: Tensor | None, masks: Guidance, width: Tensor, size: int
) -> float:
    """Share of matches whose middles differ by more than 0.5 in some mask.

    Args:
        nearest: (h, w) first cells of the matched patches; None before any search.
        masks: Of the layer.
        width: (N,) int64 row length of the style that each cell belongs to.
        size: Side of a patch.
    """
    if nearest is None or not len(masks.content):
        return 0.0
    half, (h, w) = size // 2, nearest.shape
    own = masks.content[:, half : half + h, half : half + w]
    cells = torch.cat([m.flatten(1).T for m in masks.styles])  # (N, K)
    middle = nearest + half * (width[nearest] + 1)
    apart = (cells[middle].permute(2, 0, 1) - own).abs().amax(dim=0)
    return float((apart > 0.5).float().mean())
