"""See faces with MediaPipe's two detectors, at every scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import Protocol

import numpy as np

from automask.masks.arrays import crop, resized
from automask.mediapipe.opening import Net, Run, opened

MAX_SQUARES = 12  # that a panorama is cut into
# Measured on about 230 photographs and paintings: textures (city lights, a rose,
# stained glass) now and then pass one detector in a view or two, while faces, painted
# ones too, are seen in view after view. The full-range detector errs less often.
MIN_SCORE = {"short": 0.65, "full": 0.62}
MIN_SIGHTINGS = {"short": 3, "full": 2}

# Where several small faces are seen there may be more: tiles of so many faces a side.
SEVERAL, SMALL = 3, 0.16  # faces, and the share of the longer side below which
FACES_A_TILE = 6
MAX_TILES = 40  # so that a crowd takes bounded time
SHOWN = 288  # px of the longer side of a tile as a detector is shown it
DETECTORS: tuple[Net, ...] = ("short", "full")

Window = tuple[float, float, float, float]
"""Left, top, right, bottom in px; may leave the picture."""


class Box(Protocol):
    """What lies somewhere: its middle (2,) and its longer side, px."""

    @property
    def centre(self) -> np.ndarray: ...  # noqa: D102

    @property
    def size(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Sighting:
    """One detector's box: centre (2,) and side in px, and how sure it is."""

    centre: np.ndarray
    size: float
    score: float
    detector: str


def seen_faces(pixels: np.ndarray) -> list[list[Sighting]]:
    """The sightings of each face in (H, W, 3) 8-bit RGB that there is evidence of.

    A group of small faces is looked at once more, and closer.
    """
    height, width = pixels.shape[:2]
    with ExitStack() as stack:
        models = {name: stack.enter_context(opened(name)) for name in DETECTORS}
        found = sightings(models, pixels, views(height, width))
        groups = grouped(found)
        small = [
            float(np.median([seen.size for seen in group]))
            for group in groups
            if group[0].size < SMALL * max(height, width)
        ]
        if len(small) < SEVERAL:
            return groups
        closer = tiles(height, width, FACES_A_TILE * float(np.median(small)))
        return grouped(found + sightings(models, pixels, closer))


def same(one: Box, other: Box) -> bool:
    """Whether two boxes show one face: near centres and like sizes."""
    smaller, larger = sorted((one.size, other.size))
    apart = np.hypot(*(one.centre - other.centre))
    return bool(apart < 0.5 * larger and larger < 2 * smaller)


def views(height: int, width: int) -> list[tuple[Window, int]]:
    """Windows of a picture, px, and the longer side to show each at.

    Whole picture at two sizes, zoomed out for faces that fill it, four overlapping
    tiles for small faces, and squares along a picture that is wider or taller than 2:1.
    """
    whole = (0.0, 0.0, float(width), float(height))
    y, x = 0.25 * height, 0.25 * width
    zoomed = (-x, -y, width + x, height + y)
    quarters = [
        (a * width, b * height, (a + 0.6) * width, (b + 0.6) * height)
        for a, b in product((0.0, 0.4), repeat=2)
    ]
    short, long = sorted((height, width))
    if long > 2 * short:
        count = min(MAX_SQUARES, 2 * (long // short))
        for start in (i * (long - short) / (count - 1) for i in range(count)):
            left, top = (start, 0.0) if width == long else (0.0, start)
            quarters.append((left, top, left + short, top + short))
    return [
        (whole, 192),
        (whole, 384),
        (zoomed, 192),
        *((tile, SHOWN) for tile in quarters),
    ]


def tiles(height: int, width: int, side: float) -> list[tuple[Window, int]]:
    """Square windows of so many px, each half over the next, and how large to show."""
    while True:
        counts = [max(1, ceil(2 * length / side) - 1) for length in (height, width)]
        if counts[0] * counts[1] <= MAX_TILES:
            break
        side *= 1.1
    tops, lefts = (
        np.linspace(0, max(length - side, 0), count).tolist()
        for length, count in zip((height, width), counts, strict=True)
    )
    return [
        ((left, top, left + side, top + side), SHOWN)
        for top, left in product(tops, lefts)
    ]


def sightings(
    models: Mapping[Net, Run],
    pixels: np.ndarray,
    windows: Sequence[tuple[Window, int]],
) -> list[Sighting]:
    """What the detectors see in all these windows."""
    found = []
    for (left, top, right, bottom), side in windows:
        w, h = right - left, bottom - top
        scale = side / max(w, h)
        view = resized(
            crop(pixels, left, top, right, bottom),
            max(8, round(h * scale)),
            max(8, round(w * scale)),
        )
        for name, model in models.items():
            for x, y, width, height, score in model(view).tolist():
                centre = [left + (x + width / 2) * w, top + (y + height / 2) * h]
                size = max(width * w, height * h)
                found.append(Sighting(np.array(centre), size, score, name))
    return found


def grouped(found: list[Sighting]) -> list[list[Sighting]]:
    """Sightings of the same face together; only faces with enough evidence.

    One of them must seem sure enough, and there must be enough of them.
    """
    groups: list[list[Sighting]] = []
    for seen in sorted(found, key=lambda s: -s.score):
        known = next((group for group in groups if same(group[0], seen)), None)
        if known is None:
            groups.append([seen])
        else:
            known.append(seen)
    return [
        group
        for group in groups
        if any(seen.score >= MIN_SCORE[seen.detector] for seen in group)
        and len(group) >= min(MIN_SIGHTINGS[seen.detector] for seen in group)
    ]
