"""One image's masks from all sources: joined by name, drawn over, nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from automask.masks.soft import SoftMasks

PARENTS = {
    **dict.fromkeys(("skin", "hair", "clothing"), "person"),
    **dict.fromkeys(("ears", "eyes", "brows", "nose", "mouth", "beard"), "skin"),
    "lips": "mouth",
}
"""What lies within a person and comes along with it, and within what."""

PARTS = tuple(PARENTS)
"""Names of the parts, each after what it lies within; the rest are objects."""

NO_OBJECTS = ("background", "head", *PARTS)


@dataclass(frozen=True)
class Painted:
    """Masks that a person drew for one image.

    Args:
        masks: Values already multiplied by the cover.
        cover: (K, H, W) in [0, 1]; where it is 0 nothing was drawn, and what the
            sources found stands.
    """

    masks: SoftMasks
    cover: Tensor


def joined(found: Sequence[SoftMasks]) -> SoftMasks:
    """Masks of all sources; those of one name by their maximum.

    Objects of a later source get only what those of the earlier ones leave: a sky that
    is known by its colour must not take a blue shirt from a person.
    """
    probs: dict[str, Tensor] = {}
    sources: dict[str, str] = {}
    for masks in found:
        room = 1 - total(probs, masks.probs.shape[-2:])
        for name, prob, source in zip(
            masks.names, masks.probs, masks.sources, strict=True
        ):
            if name in probs:
                probs[name] = torch.maximum(probs[name], prob)
                sources[name] = f"{sources[name]} + {source}"
            else:
                probs[name] = prob if name in NO_OBJECTS else prob * room
                sources[name] = source
    return rebuilt(probs, sources)


def total(probs: Mapping[str, Tensor], shape: Sequence[int]) -> Tensor:
    """(H, W) sum of all objects, at most 1."""
    objects = [prob for name, prob in probs.items() if name not in NO_OBJECTS]
    return sum(objects, torch.zeros(*shape)).clamp(max=1)


def rebuilt(probs: Mapping[str, Tensor], sources: Mapping[str, str]) -> SoftMasks:
    """Masks of a dict of (H, W) tensors; at least one."""
    return SoftMasks(
        tuple(probs),
        torch.stack(list(probs.values())),
        tuple(sources[name] for name in probs),
    )


def drawn_over(masks: SoftMasks, painted: Painted) -> SoftMasks:
    """Put drawn masks in the place of found ones of their name.

    Where a drawing is transparent the found mask stands. Found objects leave the pixels
    that a drawn object takes.
    """
    probs, sources = by_name(masks)
    drawn = dict(zip(painted.masks.names, painted.masks.probs, strict=True))
    room = 1 - total(drawn, painted.masks.probs.shape[-2:])
    for name in probs:
        if name not in NO_OBJECTS:
            probs[name] = probs[name] * room
    for name, cover, source in zip(
        drawn, painted.cover, painted.masks.sources, strict=True
    ):
        below = probs[name] * (1 - cover) if name in probs else 0
        probs[name] = (drawn[name] + below).clamp(0, 1)
        sources[name] = source
    return rebuilt(probs, sources)


def by_name(masks: SoftMasks) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Probabilities and sources by the masks' names."""
    probs = dict(zip(masks.names, masks.probs, strict=True))
    return probs, dict(zip(masks.names, masks.sources, strict=True))


def layered(masks: SoftMasks, *, art: bool, drawn: Sequence[str] = ()) -> SoftMasks:
    """One "skin" after the domain, and each part inside skin inside person.

    Skin covers the parts found in it. A person covers drawn parts alone: a found skin
    that leaves the person is wrong. A drawn mask covers drawn parts alone.

    Args:
        masks: At least one.
        art: Whether "head" is taken for the skin.
        drawn: Names of the masks that a person drew.
    """
    probs, sources = by_name(masks)
    head = probs.pop("head", None)
    if head is not None and "skin" not in drawn and (art or "skin" not in probs):
        probs["skin"], sources["skin"] = head, sources["head"]
    if "person" not in probs and any(part in drawn for part in PARTS):
        probs["person"] = torch.zeros(masks.probs.shape[-2:])
        sources["person"] = "union of its drawn parts"
    for name in reversed([part for part in PARTS if part in probs]):
        parent = parent_of(name, probs)
        found = parent != "person" and parent not in drawn
        if parent is not None and (name in drawn or found):
            probs[parent] = torch.maximum(probs[parent], probs[name])
    return nested(probs, sources)


def nested(probs: dict[str, Tensor], sources: Mapping[str, str]) -> SoftMasks:
    """Cut each part off at what it lies within."""
    for name in PARTS:
        if name in probs and (parent := parent_of(name, probs)) is not None:
            probs[name] = torch.minimum(probs[name], probs[parent])
    return rebuilt(probs, sources)


def parent_of(name: str, names: Iterable[str]) -> str | None:
    """The nearest of these masks that this part lies within."""
    known, parent = set(names), PARENTS.get(name)
    while parent is not None and parent not in known:
        parent = PARENTS.get(parent)
    return parent


def leaves(masks: SoftMasks) -> SoftMasks:
    """The same regions side by side: each mask without the parts inside it.

    Objects and background are scaled to sum to 1, parts inside one mask to at most that
    mask. ``grown`` is the way back.
    """
    probs, sources = by_name(masks)
    own = dict(probs)
    for name in probs:  # parents come first
        inside = [part for part in probs if parent_of(part, probs) == name]
        if inside:
            whole = own[name]
            taken = sum((probs[part] for part in inside), torch.zeros_like(whole))
            shrink = whole / torch.maximum(taken, whole).clamp_min(1e-6)
            for part in inside:
                own[part] = probs[part] * shrink
            own[name] = (whole - taken * shrink).clamp_min(0)
    parted = torch.stack(list(own.values()))
    parted = parted / parted.sum(0).clamp_min(1e-6)
    return SoftMasks(masks.names, parted.clamp(0, 1), masks.sources)


def grown(masks: SoftMasks) -> SoftMasks:
    """Leaves as nested masks: what lies inside a mask counts as that mask again."""
    probs, sources = by_name(masks)
    for name in reversed(list(probs)):
        parent = parent_of(name, probs)
        if parent is not None:
            probs[parent] = (probs[parent] + probs[name]).clamp(max=1)
    return rebuilt(probs, sources)
