"""One image's masks from all sources: joined by name, drawn over, nested."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from automask.masks.soft import SoftMasks
from stylize.pyramid import resize

PARENTS = {
    **dict.fromkeys(("skin", "hair", "clothing"), "person"),
    **dict.fromkeys(("ears", "eyes", "brows", "nose", "mouth", "beard"), "skin"),
    "lips": "mouth",
}
"""Parts of a person, and the mask that each lies within."""

PERSON_PARTS = tuple(PARENTS)
"""Names of the parts, each after what it lies within; the rest are objects."""

BACKGROUND = "background"


def objects(names: Iterable[str]) -> list[str]:
    """Those names that are neither parts of a person nor the background."""
    others = (BACKGROUND, "head", *PERSON_PARTS)
    return [name for name in names if name not in others]


def parent_of(name: str, names: Iterable[str]) -> str | None:
    """The nearest of these masks that this part lies within."""
    known, parent = set(names), PARENTS.get(name)
    while parent is not None and parent not in known:
        parent = PARENTS.get(parent)
    return parent


def joined(found: Sequence[SoftMasks]) -> SoftMasks:
    """Masks of all sources, at least one; those of one name by their maximum.

    Objects of a later source get only what those of the earlier ones leave: a sky that
    is known by its colour must not take a blue shirt from a person. Confidence is that
    of the source that says more, averaged over the squared mask.
    """
    probs: dict[str, Tensor] = {}
    sources: dict[str, str] = {}
    trust: dict[str, float] = {}
    for masks in found:
        free = 1 - _occupied(probs, masks.probs.shape[-2:])
        for name, prob, source, sure in zip(
            masks.names, masks.probs, masks.sources, masks.confidence, strict=True
        ):
            if name in probs:
                trust[name] = _averaged((probs[name], trust[name]), (prob, sure))
                probs[name] = torch.maximum(probs[name], prob)
                sources[name] = f"{sources[name]} + {source}"
            else:
                probs[name] = prob * free if objects([name]) else prob
                sources[name], trust[name] = source, sure
    return found[0].replaced(probs, sources, trust)


def _averaged(first: tuple[Tensor, float], second: tuple[Tensor, float]) -> float:
    """Confidence of the maximum of two (H, W) masks, each with its own."""
    (one, sure), (other, as_sure) = first, second
    both = float(torch.maximum(one, other).square().sum())
    more = float(other[other > one].square().sum()) / both if both else 0.0
    return sure + more * (as_sure - sure)


def _occupied(probs: Mapping[str, Tensor], shape: Sequence[int]) -> Tensor:
    """(H, W) sum of all objects, at most 1."""
    planes = [probs[name] for name in objects(probs)]
    return sum(planes, torch.zeros(*shape)).clamp(max=1)


def drawn_over(masks: SoftMasks, drawn: SoftMasks) -> SoftMasks:
    """Put drawn masks in the place of found ones of their name.

    Where a drawing is transparent the found mask stands. Found objects leave the pixels
    that a drawn object takes.
    """
    assert drawn.cover is not None
    probs, over = masks.by_name(), drawn.by_name()
    free = 1 - _occupied(over, drawn.probs.shape[-2:])
    for name in objects(probs):
        probs[name] = probs[name] * free
    for (name, prob), cover in zip(over.items(), drawn.cover, strict=True):
        below = probs[name] * (1 - cover) if name in probs else 0
        probs[name] = (prob + below).clamp(0, 1)
    sources = dict(zip(drawn.names, drawn.sources, strict=True))
    return masks.replaced(probs, sources, drawn.confidences())


def layered(masks: SoftMasks, *, art: bool, drawn: Collection[str] = ()) -> SoftMasks:
    """One "skin" after the domain, and each part inside skin inside person.

    Skin covers the parts found in it. A person covers drawn parts alone: a found skin
    that leaves the person is wrong. A drawn mask covers drawn parts alone.

    Args:
        masks: At least one.
        art: Whether "head" is taken for the skin.
        drawn: Names of the masks drawn by hand.
    """
    probs = masks.by_name()
    sources = dict(zip(masks.names, masks.sources, strict=True))
    trust = masks.confidences()
    head = probs.pop("head", None)
    if head is not None and "skin" not in drawn and (art or "skin" not in probs):
        probs["skin"], sources["skin"] = head, sources["head"]
        trust["skin"] = trust["head"]
    if "person" not in probs and any(part in drawn for part in PERSON_PARTS):
        probs["person"] = torch.zeros(masks.probs.shape[-2:])
        sources["person"] = "union of its drawn parts"
    for name in reversed([part for part in PERSON_PARTS if part in probs]):
        parent = parent_of(name, probs)
        found = parent != "person" and parent not in drawn
        if parent is not None and (name in drawn or found):
            probs[parent] = torch.maximum(probs[parent], probs[name])
    return nested(masks.replaced(probs, sources, trust))


def nested(masks: SoftMasks) -> SoftMasks:
    """Cut each part off at what it lies within."""
    probs = masks.by_name()
    for name in PERSON_PARTS:
        if name in probs and (parent := parent_of(name, probs)) is not None:
            probs[name] = torch.minimum(probs[name], probs[parent])
    return masks.replaced(probs)


def leaves(masks: SoftMasks) -> SoftMasks:
    """The same regions side by side: each mask without the parts inside it.

    Objects and background are scaled to sum to 1, parts inside one mask to at most that
    mask. ``grown`` is the way back.
    """
    probs, own = masks.by_name(), masks.by_name()
    for name in probs:  # parents come first
        inside = [part for part in probs if parent_of(part, probs) == name]
        if inside:
            whole = own[name]
            taken = sum((probs[part] for part in inside), torch.zeros_like(whole))
            shrink = whole / torch.maximum(taken, whole).clamp_min(1e-6)
            for part in inside:
                own[part] = probs[part] * shrink
            own[name] = (whole - taken * shrink).clamp_min(0)
    planes = torch.stack(list(own.values()))
    planes = planes / planes.sum(0).clamp_min(1e-6)
    return masks.replaced(dict(zip(probs, planes.clamp(0, 1), strict=True)))


def grown(masks: SoftMasks) -> SoftMasks:
    """Leaves as nested masks: what lies inside a mask counts as that mask again."""
    probs = masks.by_name()
    for name in reversed(masks.names):
        parent = parent_of(name, probs)
        if parent is not None:
            probs[parent] = (probs[parent] + probs[name]).clamp(max=1)
    return masks.replaced(probs)


def without_transparent(masks: SoftMasks, cover: Tensor | None) -> SoftMasks:
    """A style's masks, excluded from matching where its (h, w) cover is 0."""
    if cover is None:
        return masks
    clear = 1 - resize(cover[None, None], *masks.probs.shape[1:])[0].clamp(0, 1)
    source = {"transparent": "the picture's transparency"}
    others = masks.unmatched or masks
    planes = masks.unmatched.by_name() if masks.unmatched else {}
    planes["transparent"] = clear[0].to(masks.probs)
    return replace(masks, unmatched=others.replaced(planes, source))
