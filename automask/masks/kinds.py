"""Kinds of regions that stand for each other where a pair does not share them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from automask.masks.select import is_present
from automask.masks.soft import SoftMasks

LIKE = {
    "grass": ("foliage", "ground"),
    "foliage": ("grass",),
    "ground": ("grass", "rock"),
    "rock": ("ground",),
    "flower": ("foliage", "thing"),
    "animal": ("thing",),
    "vehicle": ("thing",),
    "statue": ("thing",),
}
"""What each kind may count as, the most alike first."""


def with_shared_kinds(
    content: SoftMasks, styles: Sequence[SoftMasks], *, kept: Collection[str] = ()
) -> list[SoftMasks]:
    """Regions that one side alone shows count as a kind that the other side shows.

    A lawn is so painted from a painting's trees, and a painting's meadow supplies more
    paint for a park's trees, where neither side has both.

    Args:
        content: All masks found in it.
        styles: All masks found in each.
        kept: Names that stay what they are, such as those drawn by hand.
    """
    here = _shown([content])
    there = _shown(styles)
    content_names = _moved(here - {*kept}, there)
    here = (here - content_names.keys()) | {*content_names.values()}
    style_names = _moved(there - {*kept}, here)
    return [
        _renamed(content, content_names),
        *(_renamed(style, style_names) for style in styles),
    ]


def _shown(images: Sequence[SoftMasks]) -> set[str]:
    return {name for each in images for name in each.names if is_present(each, name)}


def _moved(own: Collection[str], others: Collection[str]) -> dict[str, str]:
    """What each kind that the others lack counts as, if they show one alike."""
    found = {}
    for name, likes in LIKE.items():  # in this order, so that a run can be repeated
        shown = [like for like in likes if like in others]
        if name in own and name not in others and shown:
            found[name] = shown[0]
    return found


def _renamed(masks: SoftMasks, names: dict[str, str]) -> SoftMasks:
    """Masks of the old names added to those of the new ones."""
    if not names:
        return masks
    probs = masks.by_name()
    sources = dict(zip(masks.names, masks.sources, strict=True))
    trust = masks.confidences()
    for old, new in names.items():
        if old not in probs:
            continue
        plane, source = probs.pop(old), sources.pop(old)
        if new in probs:
            plane = (probs[new] + plane).clamp(max=1)
        probs[new], sources[new] = plane, source
        trust[new] = min(trust[old], trust.get(new, 1.0))
    return masks.replaced(probs, sources, trust)
