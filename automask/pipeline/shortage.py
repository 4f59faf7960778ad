"""What a run says where the styles show too little of a region."""

from __future__ import annotations

import logging

from stylize import LevelReport, Stylized
from stylize.matching.mask_guidance import Rare

log = logging.getLogger(__name__)
SEEN = 16  # patches of a region from which a person would notice that they repeat


def warn_of_rare(painted: Stylized) -> None:
    """One line for each such region, with the numbers of its finest level."""
    found: dict[str, tuple[LevelReport, str, Rare]] = {}
    for level in painted.levels:
        for layer, regions in level.rare.items():
            noticed = [rare for rare in regions if rare.content >= SEEN]
            found |= {rare.name: (level, layer, rare) for rare in noticed}
    for level, layer, rare in found.values():
        log.warning(
            "the style shows little %s: about %.0f patches for the content's %.0f, "
            "where %.0f would do; its mask pulls at %.0f %% so as not to repeat them "
            "(%s, %d px)",
            *(rare.name, rare.patches, rare.content, rare.needed, 100 * rare.kept),
            *(layer, max(level.height, level.width)),
        )
