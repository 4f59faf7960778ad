"""Colour maps drawn for a pair: the colours both share are its masks."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cv2
import numpy as np

log = logging.getLogger(__name__)

FLAT = 0.03  # change within 3x3 px below which a pixel is inside a region
TOLERANCE = 0.12  # distance in RGB, values in [0, 1], within which colours are one
LEAST = 0.0001  # share of a map that a colour needs: an eye, but no stray pixel
ALIKE = 0.5  # distance within which colours of one side alone can stand for each other
MOST = 32  # colours; what has more is a photograph
MOSTLY = 0.5  # share of a map that must be flat
EDGE = 9  # px; how far an anti-aliased pixel looks for the regions it lies between
STEPS = 32  # of each channel when colours are counted


def label_colors(maps: Sequence[np.ndarray], paths: Sequence[str]) -> np.ndarray:
    """(K, 3) colours that regions of all (h, w, 4) maps have, largest region first.

    Only flat pixels count, so the mixtures along anti-aliased borders make no label.

    Raises:
        ValueError: If a map is empty or a photograph, or all have one colour in all.
    """
    flat = [_flat_colors(*each) for each in zip(maps, paths, strict=True)]
    colors = left = np.concatenate(flat)
    # Each map weighs the same, whatever its size.
    share = np.concatenate([np.full(len(each), 1 / len(each)) for each in flat])
    found: list[np.ndarray] = []
    while len(left) and (center := _densest(left, share)) is not None:
        if len(found) == MOST:
            raise ValueError(
                f"the map '{paths[0]}' and its like hold more than {MOST} colours; "
                "paint each region in one flat colour"
            )
        found.append(center)
        far = np.linalg.norm(left - center, axis=1) > TOLERANCE
        left, share = left[far], share[far]
    if len(found) < 2:
        raise ValueError(f"the map '{paths[0]}' {_why_one(colors)}")
    return np.stack(found)


def _flat_colors(rgba: np.ndarray, path: str) -> np.ndarray:
    """(N, 3) colours of the flat pixels."""
    drawn = float((rgba[..., 3] > 0.5).mean())
    if drawn < LEAST:
        raise ValueError(f"the map '{path}' is empty: all of it is transparent")
    flat = _flat(rgba)
    if flat.mean() < MOSTLY * drawn:
        raise ValueError(
            f"the map '{path}' has hardly any flat colour; paint each region in one, "
            "a photograph is no map"
        )
    return rgba[flat][:, :3]


def _flat(rgba: np.ndarray) -> np.ndarray:
    """(h, w) whether the 3x3 px about a pixel are of one colour and drawn at all."""
    kernel = np.ones((3, 3), np.uint8)
    change = cv2.dilate(rgba, kernel) - cv2.erode(rgba, kernel)
    return (change.max(2) < FLAT) & (rgba[..., 3] > 0.5)


def _densest(colors: np.ndarray, share: np.ndarray) -> np.ndarray | None:
    """(3,) mean of the colours about the most frequent one; None if all are rare."""
    bins = (colors * (STEPS - 1)).round().astype(np.int64) @ [STEPS**2, STEPS, 1]
    count = np.bincount(bins, share, STEPS**3)
    center = np.array(np.unravel_index(count.argmax(), (STEPS,) * 3)) / (STEPS - 1)
    near = np.linalg.norm(colors - center, axis=1) <= TOLERANCE
    if share[near].sum() < LEAST:
        return None
    return np.average(colors[near], 0, share[near]).astype(np.float32)


def _why_one(colors: np.ndarray) -> str:
    """What to do where (N, 3) colours seem to be one: labels are close greys."""
    greys = np.unique((colors.max(1) * 255).round().astype(int))
    if (np.ptp(colors, axis=1) == 0).all() and 1 < len(greys) <= MOST:
        listed = ", ".join(map(str, greys[:4]))
        return (
            f"holds the greys {listed}, which look like labels; name them, as in "
            f"masks.drawn.names={{sky: {greys[-1]}}}"
        )
    return "shows one region only; paint at least two colours"


def memberships(rgba: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """(K, h, w) how far each pixel belongs to each colour, times its alpha.

    A pixel between two regions is the mixture of their two colours that comes nearest
    to its own: exact for anti-aliased borders. Which two is asked of the regions close
    by, for a mixture of two colours may look like a third.
    """
    rgb = rgba[..., :3]
    distance = np.stack([np.linalg.norm(rgb - color, axis=2) for color in colors])
    nearest = distance.argmin(0)
    inside = (distance.min(0) <= TOLERANCE) & _flat(rgba)
    regions = (nearest == np.arange(len(colors))[:, None, None]) & inside
    near = np.stack(
        [cv2.blur(each.astype(np.float32), (EDGE, EDGE)) for each in regions]
    )
    first, second = np.argsort(near, axis=0)[[-1, -2]]
    largest, next_largest = np.sort(near, axis=0)[[-1, -2]]
    first = np.where(largest <= 0, nearest, first)  # no region close by
    second = np.where(next_largest <= 0, first, second)
    axis = colors[second] - colors[first]
    along = ((rgb - colors[first]) * axis).sum(2) / np.maximum((axis**2).sum(2), 1e-6)
    along = np.where(inside, 0, along.clip(0, 1)).astype(np.float32)
    first = np.where(inside, nearest, first)
    weights = np.zeros_like(near)
    np.put_along_axis(weights, second[None], along[None], 0)
    np.put_along_axis(weights, first[None], 1 - along[None], 0)
    return (weights * rgba[..., 3]).astype(np.float32)


def check_known(rgba: np.ndarray, colors: np.ndarray, path: str) -> None:
    """Refuse a map with a region whose colour is none of these (K, 3)."""
    drawn = rgba[_flat(rgba)][:, :3]
    apart = np.linalg.norm(drawn[:, None] - colors, axis=2).min(1)
    if (apart > TOLERANCE).sum() > LEAST * rgba[..., 0].size:
        raise ValueError(
            f"the map '{path}' has the colour {hexadecimal(drawn[apart.argmax()])}, "
            f"which has no name; known: {_listed(colors)}"
        )


def shared_labels(
    content: np.ndarray, styles: Sequence[np.ndarray], colors: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """(K, h, w) maps over the colours that both sides have, and these colours.

    A colour of one side alone counts as the most similar one of the other. That is what
    matching on the colours themselves would do (Champandard 2016), and what a person
    means who draws a darker rock beside a rock.

    Raises:
        ValueError: If no colour is on both sides.
    """
    here = content.mean((1, 2)) >= LEAST
    there = np.max([style.mean((1, 2)) >= LEAST for style in styles], 0)
    stands_for = stand_ins(colors, here, there)
    own = stands_for == np.arange(len(colors))
    for label in np.flatnonzero((here ^ there) & ~own):
        side = "content" if here[label] else "style"
        name, other = (hexadecimal(colors[i]) for i in (label, stands_for[label]))
        log.warning("only the map of the %s has %s: it counts as %s", side, name, other)
    shared = np.flatnonzero(own)
    into = (stands_for[:, None] == shared).astype(np.float32)  # (K, shared)
    merged = [np.einsum("khw,ks->shw", each, into) for each in (content, *styles)]
    return merged[0], merged[1:], colors[shared]


def stand_ins(colors: np.ndarray, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(K,) which shared label each label stands for; a shared one for itself.

    Two labels, one of either side alone, that are nearest to each other become one.
    """
    apart = np.linalg.norm(colors[:, None] - colors[None], axis=2)
    nearest_here, nearest_there = (
        np.where(side, apart, np.inf).argmin(1) for side in (here, there)
    )
    across = np.where(here & ~there, nearest_there, nearest_here)
    own = np.arange(len(colors))
    mutual = (here & ~there) & (across[across] == own) & ~here[across]
    mutual &= apart[own, across] <= ALIKE
    shared = np.flatnonzero((here & there) | mutual)
    if not len(shared):
        raise ValueError(
            "the maps of content and style share no colour: "
            f"{_listed(colors[here])} and {_listed(colors[there])}"
        )
    stands_for = shared[apart[:, shared].argmin(1)]
    stands_for[across[mutual]] = np.flatnonzero(mutual)
    stands_for[shared] = shared
    return stands_for


def hexadecimal(color: np.ndarray) -> str:
    """A colour in [0, 1] as #rrggbb."""
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in color)


def _listed(colors: np.ndarray) -> str:
    return ", ".join(map(hexadecimal, colors))
