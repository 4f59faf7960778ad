"""Which masks a pair shares, so that every pixel has a partner on the other side."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from automask.masks.combine import NO_OBJECTS, PARTS, by_name, rebuilt
from automask.masks.soft import SoftMasks

log = logging.getLogger(__name__)

PRESENT = 0.5  # probability that a mask must reach to count as found
# Share of the picture that an object needs: from a few stray pixels a whole region of
# the other side would be painted with one and the same spot. 0.002 of 512x512 px are
# eight cells of relu4_1. Parts of a face and drawn masks are as small as they are.
LEAST_SHARE = 0.002
REST = "background"


def select(
    content: SoftMasks,
    styles: Sequence[SoftMasks],
    k: int,
    *,
    parts: Sequence[str] = PARTS,
    kept: Collection[str] = (),
    asked: Collection[str] = (),
) -> list[SoftMasks]:
    """The k objects with the largest average probability over all images.

    What only one side shows is left out: with no partner on the other side such a pixel
    would be matched at random, while so it counts as what surrounds it (eyes as skin,
    a dog as background). A part comes along if the person does. "background" is this
    rest; where one side has none, it in turn goes to the nearest object in the picture
    (a person last), which shares its light and its place.

    Args:
        content: All masks found in the content.
        styles: All masks found in each style; one style suffices as the other side.
        k: At least 1.
        parts: Of a person, that may come along.
        kept: Objects that are kept beyond the k, if both sides show them.
        asked: Masks that are kept if the content shows them, whatever the styles do.

    Returns:
        Masks of content and styles, the same names in the same order.
    """
    images = [content, *styles]
    kept = {*kept, *asked}
    shared = shared_names(content, styles, parts, kept, asked)
    ranked = sorted(objects(shared), key=lambda name: -average(name, images))
    counted = [name for name in ranked if name not in kept][:k]
    best = [name for name in ranked if name in (*kept, *counted)]
    inside = [name for name in PARTS if name in shared and "person" in best]
    chosen = [complemented(masks, best, inside) for masks in images]
    both = shows(chosen[0], REST) and (
        REST in asked or any(shows(style, REST) for style in chosen[1:])
    )
    return chosen if both or not best else [without_rest(masks) for masks in chosen]


def shared_names(
    content: SoftMasks,
    styles: Sequence[SoftMasks],
    parts: Sequence[str],
    kept: Collection[str],
    asked: Collection[str] = (),
) -> list[str]:
    """Masks that the content and a style both show; of the others one line is said."""
    found = list(
        dict.fromkeys(name for masks in (content, *styles) for name in masks.names)
    )
    names = [name for name in found if name in parts or name in objects(found)]
    least = {name: 0.0 if name in (*PARTS, *kept) else LEAST_SHARE for name in names}
    here = [name for name in names if shows(content, name, least[name])]
    there = [
        name
        for name in names
        if (name in asked and name in here)
        or any(shows(style, name, least[name]) for style in styles)
    ]
    report("style", [name for name in here if name not in there])
    report("content", [name for name in there if name not in here])
    return [name for name in here if name in there]


def objects(names: Collection[str]) -> list[str]:
    """Those names that are neither parts of a person nor the background."""
    return [name for name in names if name not in NO_OBJECTS]


def report(side: str, names: Sequence[str]) -> None:
    """Say in one line which masks are left out because one side lacks them."""
    if names:
        log.warning("the %s shows no %s: not used as masks", side, ", ".join(names))


def shows(masks: SoftMasks, name: str, least: float = LEAST_SHARE) -> bool:
    """Whether the mask is found, and probable on that share of the picture or more."""
    if name not in masks.names:
        return False
    found = int((masks[name] >= PRESENT).sum())
    return found >= max(1, least * masks[name].numel())


def average(name: str, images: Sequence[SoftMasks]) -> float:
    """Mean probability, each image counting the same whatever its size."""
    means = [float(m[name].mean()) if name in m.names else 0.0 for m in images]
    return sum(means) / len(means)


def complemented(
    masks: SoftMasks, best: Sequence[str], inside: Sequence[str]
) -> SoftMasks:
    """Background as the complement of the objects, the objects, the parts.

    Objects that together exceed 1 are scaled to it, so that background and objects sum
    to 1 on every pixel.
    """
    empty = torch.zeros(masks.probs.shape[-2:])
    probs = {n: masks[n] if n in masks.names else empty for n in (*best, *inside)}
    taken = sum((probs[name] for name in best), empty)
    for name in (*best, *inside):
        probs[name] = probs[name] / taken.clamp_min(1)
    _, origin = by_name(masks)
    sources = {name: origin.get(name, "not found") for name in probs}
    return rebuilt(
        {REST: (1 - taken).clamp(0, 1), **probs},
        {REST: "complement of the objects", **sources},
    )


def without_rest(masks: SoftMasks) -> SoftMasks:
    """Give the background, pixel by pixel, to the nearest object in the picture.

    Persons get it only where there is nothing else: a wall taken for sky harms less.
    """
    probs, sources = by_name(masks)
    rest = probs.pop(REST)
    names = [name for name in objects(probs) if name != "person"] or objects(probs)
    nearest = nearest_object(torch.stack([probs[name] for name in names]))
    for index, name in enumerate(names):
        probs[name] = (probs[name] + rest * (nearest == index)).clamp(0, 1)
    return rebuilt(probs, sources)


def nearest_object(probs: Tensor) -> Tensor:
    """(H, W) index of the most probable object at the nearest pixel that shows one.

    Args:
        probs: (K, H, W) of the objects.
    """
    best, index = probs.max(0)
    sure = (best >= min(PRESENT, float(best.max()))).numpy()
    rows, columns = ndimage.distance_transform_edt(
        ~sure, return_distances=False, return_indices=True
    )
    return index[
        torch.from_numpy(np.asarray(rows)).long(), torch.from_numpy(columns).long()
    ]
