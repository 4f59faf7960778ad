"""Which masks a pair shares, so that each pixel has a counterpart on the other side."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

import numpy as np
import scipy
import torch
from torch import Tensor

from automask.masks.combine import BACKGROUND, PERSON_PARTS, objects
from automask.masks.soft import SoftMasks

log = logging.getLogger(__name__)

PRESENT = 0.5  # probability that a mask must reach to count as found
# Share of the picture that an object needs: from a few stray pixels a whole region of
# the other side would be painted with one and the same spot. 0.002 of 512x512 px are
# eight cells of relu4_1. Parts of a face and drawn masks are as small as they are.
LEAST_SHARE = 0.002
# Confidence of content and style together, below which an object is not used: a wrong
# partner harms more than none.
LEAST_CONFIDENCE = 0.25


def select(
    content: SoftMasks,
    styles: Sequence[SoftMasks],
    k: int,
    *,
    parts: Collection[str] = PERSON_PARTS,
    drawn: Collection[str] = (),
    requested: Collection[str] = (),
    tells: bool = True,
) -> list[SoftMasks]:
    """The k objects with the largest average probability over all images.

    What only one side shows is left out: without a counterpart such a pixel would be
    matched at random, while so it counts as what surrounds it (eyes as skin, a dog as
    background). A part comes along if the person does. "background" is this rest; where
    one side has none, it in turn goes to the nearest object in the picture (a person
    last), which shares its light and its place.

    Args:
        content: All masks found in the content.
        styles: All masks found in each style; one style suffices as the other side.
        k: At least 1.
        parts: Of a person, that may come along.
        drawn: Masks drawn by hand, used beyond the k if both sides show them.
        requested: Masks used if the content shows them, whatever the styles do.
        tells: Whether a line says which masks are left out.

    Returns:
        Masks of content and styles, the same names in the same order.
    """
    images = [content, *styles]
    always = {*drawn, *requested}
    shared = shared_names(content, styles, parts, always, requested, tells=tells)
    ranked = sorted(objects(shared), key=lambda name: -average(name, images))
    counted = [name for name in ranked if name not in always][:k]
    best = [name for name in ranked if name in (*always, *counted)]
    inside = [name for name in PERSON_PARTS if name in shared and "person" in best]
    chosen = [with_background(masks, best, inside) for masks in images]
    both = is_present(chosen[0], BACKGROUND) and (
        BACKGROUND in requested
        or any(is_present(style, BACKGROUND) for style in chosen[1:])
    )
    return chosen if both or not best else [without_background(each) for each in chosen]


def shared_names(
    content: SoftMasks,
    styles: Sequence[SoftMasks],
    parts: Collection[str],
    always: Collection[str],
    requested: Collection[str],
    *,
    tells: bool = True,
) -> list[str]:
    """Masks of the content that a style shows too; one line tells which are left out.

    Masks in ``always`` need no more than a pixel, ``requested`` ones no style.
    """
    found = dict.fromkeys(name for each in (content, *styles) for name in each.names)
    names = [name for name in found if name in parts or objects([name])]
    small = {*PERSON_PARTS, *always}
    told = {"person", *small}
    least = {name: 0.0 if name in small else LEAST_SHARE for name in names}
    here = [name for name in names if is_present(content, name, least[name])]
    there = [
        name
        for name in names
        if (name in requested and name in here)
        or any(is_present(style, name, least[name]) for style in styles)
    ]
    unsure = {
        name
        for name in here
        if name in there and name not in small and _unsure(name, content, styles)
    }
    for side, own, other in (("style", here, there), ("content", there, here)):
        alone = [name for name in own if name not in other and name in told]
        if tells and alone:
            log.warning("the %s shows no %s: not used as masks", side, ", ".join(alone))
    return [name for name in here if name in there and name not in unsure]


def _unsure(name: str, content: SoftMasks, styles: Sequence[SoftMasks]) -> bool:
    """Whether an object's confidence is too low to find its partner by it."""
    trusts = [each.confidences().get(name, 0.0) for each in styles]
    return content.confidences()[name] * max(trusts) < LEAST_CONFIDENCE


def is_present(masks: SoftMasks, name: str, least: float = LEAST_SHARE) -> bool:
    """Whether the mask is found, and probable on that share of the picture or more."""
    if name not in masks.names:
        return False
    found = int((masks[name] >= PRESENT).sum())
    return found >= max(1, least * masks[name].numel())


def average(name: str, images: Sequence[SoftMasks]) -> float:
    """Mean probability, each image counting the same whatever its size."""
    means = [float(m[name].mean()) if name in m.names else 0.0 for m in images]
    return sum(means) / len(means)


def with_background(
    masks: SoftMasks, best: Sequence[str], inside: Sequence[str]
) -> SoftMasks:
    """Background as the complement of the objects, the objects, the parts.

    Objects that together exceed 1 are scaled to it, so that background and objects sum
    to 1 on every pixel.
    """
    empty = torch.zeros(masks.probs.shape[-2:])
    probs = {n: masks[n] if n in masks.names else empty for n in (*best, *inside)}
    taken = sum((probs[name] for name in best), empty)
    probs = {name: prob / taken.clamp_min(1) for name, prob in probs.items()}
    sources = {name: "not found" for name in probs if name not in masks.names}
    sources[BACKGROUND] = "complement of the objects"
    planes = {BACKGROUND: (1 - taken).clamp(0, 1), **probs}
    return masks.replaced(planes, sources, {BACKGROUND: _trust_in_rest(masks, best)})


def _trust_in_rest(masks: SoftMasks, best: Sequence[str]) -> float:
    """Confidence of the complement of these objects: their mean, by their size."""
    found = [name for name in best if name in masks.names]
    sizes = [float(masks[name].sum()) for name in found]
    trust = masks.confidences()
    total = sum(trust[name] * size for name, size in zip(found, sizes, strict=True))
    return total / sum(sizes) if sum(sizes) else 1.0


def without_background(masks: SoftMasks) -> SoftMasks:
    """Give the background, pixel by pixel, to the nearest object in the picture.

    Persons get it only where there is nothing else: a wall taken for sky harms less.
    """
    probs = masks.by_name()
    rest = probs.pop(BACKGROUND)
    names = [name for name in objects(probs) if name != "person"] or objects(probs)
    nearest = nearest_object(torch.stack([probs[name] for name in names]))
    for index, name in enumerate(names):
        probs[name] = (probs[name] + rest * (nearest == index)).clamp(0, 1)
    return masks.replaced(probs)


def nearest_object(probs: Tensor) -> Tensor:
    """(H, W) index of the object of (K, H, W) at the nearest pixel that shows one."""
    best, index = probs.max(0)
    certain = (best >= min(PRESENT, float(best.max()))).numpy()
    rows, columns = scipy.ndimage.distance_transform_edt(
        ~certain, return_distances=False, return_indices=True
    )
    return index[
        torch.from_numpy(np.asarray(rows)).long(), torch.from_numpy(columns).long()
    ]
