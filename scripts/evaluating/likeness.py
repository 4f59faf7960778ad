"""How near each region is to its style, and whether its masks are found again."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from automask.masks import SoftMasks

LEAST_CELLS = 24  # of a region that its texture is read from
LEAST_SHARE = 0.002  # of a picture, that a mask covers


def region_distances(
    features: tuple[Tensor, Tensor], labels: tuple[Tensor, Tensor]
) -> tuple[float, float | None] | None:
    """How far each region's texture is from its own style region and from the others.

    Textures are Gram matrices of the activations in a region (Gatys et al. 2017);
    their distance is the Frobenius norm of the difference over the sum of norms.

    Args:
        features: (1, C, h, w) of result and style.
        labels: (h, w) of each, the same rows, -1 for none.

    Returns:
        Means over the regions, in [0, 1]: to the same region of the style; to the
        other ones, None where there is no other. None where none is large enough.
    """
    ours, theirs = (
        _textures(maps, owner) for maps, owner in zip(features, labels, strict=True)
    )
    right = [_distance(ours[r], theirs[r]) for r in ours if r in theirs]
    wrong = [
        _distance(ours[r], theirs[s])
        for r in ours
        for s in theirs
        if r != s and r in theirs
    ]
    if not right:
        return None
    return sum(right) / len(right), sum(wrong) / len(wrong) if wrong else None


def agreement(result: SoftMasks, content: SoftMasks) -> float | None:
    """Mean intersection over union of the masks found in both.

    Args:
        result: What was found in the result.
        content: In the content; its masks count, found again or not.

    Returns:
        In [0, 1]; None where the content shows nothing.
    """
    ious = []
    for name, probs in zip(content.names, content.probs, strict=True):
        theirs = probs > 0.5
        if theirs.float().mean() < LEAST_SHARE:
            continue
        ours = torch.zeros_like(theirs)
        if name in result.names:
            ours = result[name] > 0.5
        ious.append(float((ours & theirs).sum() / (ours | theirs).sum()))
    return sum(ious) / len(ious) if ious else None


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def _textures(features: Tensor, owner: Tensor) -> dict[int, Tensor]:
    """Gram matrix of each region."""
    cells, owners = features[0].flatten(1).float(), owner.flatten()
    sizes = {int(r): int((owners == r).sum()) for r in owners.unique() if r >= 0}
    parts = {r: cells[:, owners == r] for r, n in sizes.items() if n >= LEAST_CELLS}
    return {r: part @ part.T / part.shape[1] for r, part in parts.items()}


def _distance(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / (one.norm() + other.norm()).clamp_min(1e-12))
