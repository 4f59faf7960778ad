"""A style of its own for each region: which masks of a style may be painted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from automask.masks.combine import parent_of
from automask.masks.select import PRESENT
from stylize import Picture


def supplied(
    styles: Sequence[Picture],
    regions: Mapping[str, Sequence[float]],
    rest: Sequence[float],
) -> list[Picture]:
    """The styles with their masks as far as they supply them, region by region.

    Where masks nest the innermost region that is named decides: with styles for a
    person and its skin, the skin's style paints the eyes. A style that shows no such
    region gives all of itself to it. Patches know no fractions: a style with any share
    of a region may be matched there, and looks decide.

    Args:
        styles: With the content's masks, the more particular ones behind.
        regions: Shares of the styles by the name of a region.
        rest: Shares of the styles in what no region names.

    Raises:
        ValueError: If a region has no mask.
    """
    names = styles[0].names
    unknown = [name for name in regions if name not in names]
    if unknown:
        raise ValueError(
            f"regions name '{unknown[0]}', but the masks found in the content are "
            f"{', '.join(names) or 'none'}; see them with stage=masks"
        )
    return [
        _supplied(style, {name: each[i] for name, each in regions.items()}, rest[i])
        for i, style in enumerate(styles)
    ]


def _supplied(style: Picture, regions: Mapping[str, float], rest: float) -> Picture:
    names, masks = style.names, style.masks
    named = [name for name in names if name in regions]  # the inner ones behind
    allowed = torch.full(masks.shape[1:], float(rest > 0))
    for name in named:
        mask = masks[names.index(name)]
        allowed = torch.lerp(allowed, torch.full_like(mask, regions[name] > 0), mask)
    given = masks * allowed
    for name in named:
        if regions[name] and masks[names.index(name)].max() < PRESENT:
            for outer in _with_outer(name, names):
                given[names.index(outer)] = 1
    shares = tuple(_share(name, regions, rest) for name in names)
    return replace(style, masks=given, shares=shares)


def _with_outer(name: str, names: Sequence[str]) -> list[str]:
    """A mask and those that it lies within."""
    parent = parent_of(name, names)
    return [name] if parent is None else [name, *_with_outer(parent, names)]


def _share(name: str, regions: Mapping[str, float], rest: float) -> float:
    """Of a mask: its own, else that of the nearest named region that it lies within."""
    nearest = name if name in regions else parent_of(name, regions)
    return rest if nearest is None else regions[nearest]
