"""How large to show the style, so that its faces are as large as the content's."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from automask.masks.soft import SoftMasks

LARGEST, SMALLEST = 2.0, 0.5  # beyond these strokes look like another painter's
RULER = "nose"  # the one part that each face has once


def style_scale(
    wanted: str | float, content: SoftMasks, style: SoftMasks, room: float
) -> float:
    """Factor from the style's size to the one that it is matched at.

    Patches have no scale of their own: beside a face half as large an eye finds a whole
    head, and beside one twice as large a smear.

    Args:
        wanted: A number, or "auto" for the ratio of the largest faces, from one half to
            two; 1 where one side shows none.
        content: Masks of the content.
        style: Masks of the style.
        room: How far the style can be enlarged before it exceeds its own pixels; auto
            never goes beyond.
    """
    if wanted != "auto":
        return float(wanted)
    sizes = [_size(masks) for masks in (content, style)]
    if not all(sizes):
        return 1.0
    ratio = sizes[0] / sizes[1]
    return float(np.clip(ratio, SMALLEST, max(1.0, min(LARGEST, room))))


def _size(masks: SoftMasks) -> float:
    """Side of the largest nose, px; 0 if there is none."""
    if RULER not in masks.names:
        return 0.0
    return float(np.sqrt(_largest_area(masks[RULER])))


def _largest_area(mask: Tensor) -> int:
    seen = (mask.numpy() >= 0.5).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=4)
    return int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))
