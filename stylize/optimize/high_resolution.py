"""High-resolution levels: the picture so far gets the style's finest strokes."""

from __future__ import annotations

from dataclasses import dataclass, field

from stylize.matching.schedule import Every, Refresh
from stylize.ranges import check_count


@dataclass(frozen=True)
class HighResolution:
    """How levels are painted that are larger than what gives a picture its composition.

    What goes where is settled by then. Such a level takes the picture as painted so far
    for its content, not the photograph, which would wash the broad strokes away; it
    makes few steps and searches for matches rarely; and it shows a style at no more
    than its own pixels, so that strokes are crisp.

    Args:
        above: Px; a level with a longer side is one, unless it is the first.
        iterations: Steps.
        refresh: When matches are searched anew.
    """

    above: int = 1280
    iterations: int = 20
    refresh: Refresh = field(default_factory=lambda: Every(7, propagates=True))

    def __post_init__(self) -> None:
        check_count("above of high_resolution, px,", self.above)
        check_count("iterations of high_resolution", self.iterations)

    def covers(self, level: int, size: tuple[int, int]) -> bool:
        """Whether a level, counted from 0, of that height and width is one."""
        return level > 0 and max(size) > self.above
