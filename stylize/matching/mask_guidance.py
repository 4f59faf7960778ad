"""How the masks guide the matching on one layer: how much each counts, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.pyramid import downsample

UNIT_GAMMA = 10.0  # γ at which a certain mask is as long as a typical activation
ENOUGH = 0.1  # style patches per content patch with which no region lacks any


@dataclass(frozen=True)
class UnderRepresented:
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
        names: Of the masks.
        content: (K, h, w) of the content.
        styles: (K, h, w) of each style.
        query: (G, h, w) channels that join the query's activations: the content's masks
            and face positions. The mask of an under-represented or unsure region is
            weaker here; the styles' side stays, so all their patches keep their length
            and none is preferred for lacking a mask.
        keys: (G, h, w) channels that join each style's activations. Where a style's
            masks are unsure a last channel makes up for their length.
        under_represented: Regions whose γ is relaxed.
    """

    names: tuple[str, ...]
    content: Tensor
    styles: list[Tensor]
    query: Tensor
    keys: list[Tensor]
    under_represented: tuple[UnderRepresented, ...]


def guidance(
    layer: str,
    content: Encoded,
    styles: Sequence[Encoded],
    *,
    gamma: float,
    mask_weights: Mapping[str, float],
    coverage: float,
    position_weight: float = 0.0,
) -> Guidance:
    """The masks of one layer, scaled to be matched with its activations.

    Args:
        layer: Such as ``relu3_1``.
        content: The content.
        styles: The styles, with the same masks. Their regions without a counterpart are
            matched too: the content has none of them, so their patches are avoided.
        gamma: Masks against activations.
        mask_weights: What γ is multiplied by, by name of a mask.
        coverage: As :func:`under_represented_regions` takes it.
        position_weight: What γ is multiplied by for positions on a face.
    """
    unmatched = dict.fromkeys(n for style in styles for n in style.picture.unmatched)
    names = (*content.picture.names, *unmatched)
    own, *others = (_cell_masks(each, layer, names) for each in (content, *styles))
    channels = content.features[layer].shape[1]
    unit = sqrt(channels) * gamma / UNIT_GAMMA
    few = under_represented_regions(names, own, others, coverage) if gamma else ()
    scale = unit * _by_name(names, mask_weights, own)
    kept = _by_name(names, {each.name: each.kept for each in few}, own)
    trust, *trusts = (_trust(names, each, own) for each in (content, *styles))
    painted = _of_styles(others, trusts, scale)
    blank = own.new_zeros(len(painted[0]) - len(own), *own.shape[1:])
    positions = _positions(layer, [content, *styles], unit * position_weight)
    # The square acts on the query as its root would on both sides.
    query = torch.cat([own * (scale * (kept * trust).square()), blank, positions[0]])
    keys = [torch.cat(each) for each in zip(painted, positions[1:], strict=True)]
    if not (scale.any() or len(positions[0])):
        query, keys = query[:0], [key[:0] for key in keys]
    return Guidance(names, own, others, query, keys, few)


def _by_name(names: Sequence[str], values: Mapping[str, float], like: Tensor) -> Tensor:
    """(K, 1, 1) the values of those names, 1 where there is none."""
    found = [values.get(name, 1.0) for name in names]
    return like.new_tensor(found)[:, None, None]


def _trust(names: Sequence[str], encoded: Encoded, like: Tensor) -> Tensor:
    """(K, 1, 1) confidence of those masks of a picture."""
    picture = encoded.picture
    known = dict(zip(picture.names, picture.confidence, strict=False))
    return _by_name(names, known, like)


def _of_styles(
    masks: Sequence[Tensor], trusts: Sequence[Tensor], scale: Tensor
) -> list[Tensor]:
    """(K, h, w) of each style, or one channel more where some mask is unsure.

    The query has 0 in that channel. It keeps all patches as long as if they were sure:
    in a cosine a shorter one would be preferred.

    Args:
        masks: (K, h, w) of each style.
        trusts: (K, 1, 1) their confidence.
        scale: (K, 1, 1) that a sure mask is multiplied by.
    """
    both = list(zip(masks, trusts, strict=True))
    scaled = [mask * (scale * trust.square()) for mask, trust in both]
    if all(bool((trust == 1).all()) for trust in trusts):
        return scaled
    lost = [(m * scale).square() * (1 - trust**4) for m, trust in both]
    rest = [each.sum(dim=0, keepdim=True).sqrt() for each in lost]
    return [torch.cat(each) for each in zip(scaled, rest, strict=True)]


def _positions(layer: str, pictures: Sequence[Encoded], scale: float) -> list[Tensor]:
    """(P, h, w) of each picture: where on a face the cells of a layer lie.

    A position x in [0, 1] becomes (cos πx, sin πx), whose length is the same wherever
    that is: the product of two equal positions is 1, of two a tenth of the face apart
    0.95. With x and y together a certain position is as long as a certain mask.

    Args:
        layer: Such as ``relu3_1``.
        pictures: The content and its styles.
        scale: That positions are multiplied by; at 0 there are none, and P is 0.
    """
    used = scale > 0 and pictures[0].picture.positions is not None
    found = []
    for each in pictures:
        size = each.features[layer].shape[2:]
        positions = each.picture.positions
        if not used or positions is None:
            found.append(each.image.new_zeros(4 * used, *size))
            continue
        x, y, mask = downsample(positions[None], *size)
        angles = torch.stack([x, y]) * (pi / mask.clamp_min(1e-6))
        both = torch.cat([angles.cos(), angles.sin()])
        found.append(both * mask * (scale / sqrt(2)))
    return found


def _cell_masks(encoded: Encoded, layer: str, names: Sequence[str]) -> Tensor:
    """(K, h, w) masks of those names on a layer's cells; zeros for missing ones."""
    found = encoded.cell_masks(layer)
    none = encoded.image.new_zeros(1, *encoded.features[layer].shape[2:])
    return torch.cat([none[:0], *(found.get(name, none[0])[None] for name in names)])


def under_represented_regions(
    names: Sequence[str], content: Tensor, styles: Sequence[Tensor], coverage: float
) -> tuple[UnderRepresented, ...]:
    """Regions that the styles show too few patches of.

    A region of N patches needs coverage · √N of the styles, or N / 10 if that is less:
    with n patches to choose from, each is used N / n times.

    Args:
        names: Of the masks.
        content: (K, h, w).
        styles: (K, h, w) of each.
        coverage: 0 finds none.
    """
    own = content.square().sum(dim=(1, 2)).tolist()
    others = sum((s.square().sum(dim=(1, 2)) for s in styles), content.new_zeros(()))
    shown = torch.broadcast_to(others, (len(own),)).tolist()
    regions = (
        UnderRepresented(name, found, min(coverage * sqrt(size), ENOUGH * size), size)
        for name, found, size in zip(names, shown, own, strict=True)
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
