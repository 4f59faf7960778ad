"""Warnings about regions that the styles show too little of."""

from __future__ import annotations

import logging

from stylize import LevelReport, Stylized
from stylize.matching.mask_guidance import UnderRepresented

log = logging.getLogger(__name__)
NOTICEABLE = 16  # patches of a region from which a person notices that they repeat


def warn_of_under_represented(painted: Stylized) -> None:
    """One line for each such region, with the numbers of its finest level."""
    found: dict[str, tuple[LevelReport, str, UnderRepresented]] = {}
    for level in painted.levels:
        for layer, regions in level.under_represented.items():
            noticed = [each for each in regions if each.content >= NOTICEABLE]
            found |= {each.name: (level, layer, each) for each in noticed}
    for level, layer, region in found.values():
        log.warning(
            "the style shows little %s: about %.0f patches for the content's %.0f, "
            "where %.0f would do; its mask counts %.0f %% so as not to repeat them "
            "(%s, %d px)",
            region.name,
            region.patches,
            region.content,
            region.needed,
            100 * region.kept,
            layer,
            max(level.height, level.width),
        )
