"""How firmly a run holds the photograph's shapes, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch.nn.functional as F

from automask.images.image_files import read_image
from automask.io.held import held
from stylize.color.luminance import luma
from stylize.strokes.bands import bands

LOOSE = 0.5  # where the styles are flat areas and lines: lines need room to be drawn
# The median of a painting's fine contrast over its mean. Of oil and pastel it is 0.8 to
# 1: brushwork is everywhere. Where half of a picture is flat it falls to a third.
BRUSHED, FLAT = 0.7, 0.35
SIDE = 512  # px of the longer side at which paintings are looked at, whatever the size
CELL = 12  # px over which contrast is averaged


@dataclass(frozen=True)
class HoldChoice:
    """What was chosen.

    Args:
        value: From 0, the papers' way, where matches follow the picture as it becomes.
        why: A half sentence for a person; empty for the usual 1.
    """

    value: float
    why: str = ""


def chosen_hold(styles: Sequence[str]) -> HoldChoice:
    """How firmly to hold for styles of these files."""
    found = [_evenness(style) for style in styles]
    evenness = sum(found) / len(styles)
    flat = min(max((BRUSHED - evenness) / (BRUSHED - FLAT), 0.0), 1.0)
    value = round(1 - flat * (1 - LOOSE), 2)
    return HoldChoice(value, "the style has flat areas and lines" if value < 1 else "")


def _evenness(style: str) -> float:
    """Of a picture's file, or of one in memory, whose name changes with its pixels."""
    return _looked_up(style, 0 if held(style) else os.stat(style).st_mtime_ns)


@lru_cache(maxsize=64)  # a batch asks for each of its photographs
def _looked_up(style: str, changed: int) -> float:
    """Median of the fine contrast over its mean; 1 for a picture of one colour.

    Args:
        style: A picture's name.
        changed: When, in ns, so that another file of that name is looked at anew.
    """
    (finest,) = bands(luma(read_image(style, SIDE)), 1)
    contrast = F.avg_pool2d(finest.abs(), min(CELL, *finest.shape[2:]))
    mean = float(contrast.mean())
    return float(contrast.median()) / mean if mean > 1e-6 else 1.0
