"""Fine levels: the picture as painted so far gets the style's finest strokes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any

from stylize.losses.terms import Term
from stylize.matching.schedule import Every, Refresh


@dataclass(frozen=True)
class Fine:
    """How levels are painted that are larger than what gives a picture its composition.

    What goes where is settled by then. A fine level holds on to the picture as painted
    so far, not to the photograph, which would wash the broad strokes away; it takes few
    steps and searches for matches rarely; and it shows a style at no more than its own
    pixels, so that strokes are crisp.

    Args:
        above: Px; a level with a longer side is fine, unless it is the first.
        iterations: Steps.
        refresh: When matches are searched anew, by any term that does.
    """

    above: int = 1280
    iterations: int = 20
    refresh: Refresh = field(default_factory=lambda: Every(7, propagates=True))

    def __post_init__(self) -> None:
        if self.above < 1:
            raise ValueError(f"fine levels begin above >= 1 px, got {self.above}")
        if self.iterations < 1:
            raise ValueError(
                f"iterations of fine levels must be >= 1, got {self.iterations}"
            )

    def holds(self, level: int, size: tuple[int, int]) -> bool:
        """Whether a level, counted from 0, of that height and width is fine."""
        return level > 0 and max(size) > self.above

    def terms(self, terms: Mapping[str, Term]) -> dict[str, Term]:
        """The terms, searching as rarely as fine levels do."""
        return {name: self._rarely(term) for name, term in terms.items()}

    def _rarely(self, term: Any) -> Any:
        searches = is_dataclass(term) and hasattr(term, "refresh")
        return replace(term, refresh=self.refresh) if searches else term
