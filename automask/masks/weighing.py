"""How much each mask counts: weights by name, and none of what is not wanted."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from automask.keys import Allowed
from automask.masks.combine import BACKGROUND
from automask.masks.kinds import with_shared_kinds
from automask.masks.soft import SoftMasks

WEIGHT = Allowed(kind=float, most=1)

log = logging.getLogger(__name__)


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights that are no shares.

    Raises:
        ValueError: With the name and what its weight may be.
    """
    for name, weight in weights.items():
        if weight not in WEIGHT:
            raise ValueError(f"masks.weights.{name} must be {WEIGHT}, got {weight}")


def warn_of_unknown(weights: Mapping[str, float], found: Sequence[SoftMasks]) -> None:
    """Say which weights have no mask: a slip, or what this picture does not show."""
    there = dict.fromkeys(name for masks in found for name in masks.names)
    if unknown := [name for name in weights if name not in (*there, BACKGROUND)]:
        log.warning(
            "masks.weights names %s, which no picture shows; found: %s",
            *(", ".join(unknown), ", ".join(there) or "nothing"),
        )


def wanted(masks: SoftMasks, weights: Mapping[str, float]) -> SoftMasks:
    """The masks without those of weight 0."""
    kept = [i for i, name in enumerate(masks.names) if weights.get(name, 1)]
    if len(kept) == len(masks.names):
        return masks
    return replace(
        masks,
        names=tuple(masks.names[i] for i in kept),
        probs=masks.probs[kept],
        sources=tuple(masks.sources[i] for i in kept),
        cover=None if masks.cover is None else masks.cover[kept],
        confidence=tuple(masks.confidence[i] for i in kept),
    )


def by_shared_kind(
    weights: Mapping[str, float], found: Sequence[SoftMasks], kept: Collection[str]
) -> dict[str, float]:
    """Weights by the names that the masks have once the pictures share their kinds.

    Grass that counts as foliage takes its weight along.

    Args:
        weights: By the names that were found.
        found: All masks of each picture.
        kept: Names that stay what they are.
    """
    if not weights:
        return {}
    carried = [
        replace(masks, confidence=tuple(weights.get(name, 1.0) for name in masks.names))
        for masks in found
    ]
    named = with_shared_kinds(carried[0], carried[1:], kept=kept)
    names = {name for masks in named for name in masks.names}
    shared = {
        name: min(masks.confidences().get(name, 1.0) for masks in named)
        for name in names
    }
    return shared | {n: w for n, w in weights.items() if n == BACKGROUND}


def weighted(content: SoftMasks, weights: Mapping[str, float]) -> SoftMasks:
    """A content's masks, trusted by their weights.

    γ counts by the product of the confidence on both sides, so one side has the weight.
    """
    trust = zip(content.names, content.confidence, strict=True)
    confidence = tuple(sure * weights.get(name, 1.0) for name, sure in trust)
    return replace(content, confidence=confidence) if weights else content
