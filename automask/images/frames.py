"""Of an animation or a scan of several pages, the first that shows something."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from automask.images.pixels import layers_of
from automask.images.raster import PictureFile, Raster

log = logging.getLogger(__name__)

MOST = 40  # frames looked at
MOST_PIXELS = 200_000_000  # of all of them
GLANCE = 64  # px of the longer side of what is looked at
PLAIN = 6  # codes between the darkest and the brightest of a blank sheet, noise and all


def shown(file: PictureFile, path: str | Path, target: tuple[int, int]) -> Raster:
    """The first frame that is not one colour all over; the first if all are.

    Args:
        file: At its first frame.
        path: Its name, for the warning.
        target: Width and height in px as stored that are wanted of it.

    Raises:
        ValueError: If the first frame cannot be decoded.
    """
    first = file.decode(target)
    if not file.several or not is_blank(first, path):
        return first
    most = min(MOST, MOST_PIXELS // (first.size[0] * first.size[1]))
    if found := _later(file, path, target, most):
        return found
    file.go(0)
    return file.decode(target)


def _later(
    file: PictureFile, path: str | Path, target: tuple[int, int], most: int
) -> Raster | None:
    for number in range(1, most):
        try:
            if not file.go(number):
                return None
            later = file.decode(target)
        except ValueError:  # what is there beyond the first is damaged
            return None
        if not is_blank(later, path):
            blank = "frame or page" if number == 1 else f"{number} frames or pages"
            log.warning(
                "the first %s of '%s' %s blank; number %d is painted",
                *(blank, path, "is" if number == 1 else "are", number + 1),
            )
            return later
    return None


def is_blank(raster: Raster, path: str | Path) -> bool:
    """Whether a picture is one colour all over, as seen on white paper."""
    width, height = (max(1, GLANCE * s // max(raster.size)) for s in raster.size)
    flat = layers_of(replace(raster, orientation=1), path, (width, height))
    seen = flat.over_white()
    return bool(np.ptp(seen, axis=(1, 2)).max() * 255 < PLAIN)
