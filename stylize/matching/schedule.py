"""How much is searched anew, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

Rows = tuple[float, float]  # from where to where, as shares of an image's height
NONE, WHOLE = (0.0, 0.0), (0.0, 1.0)


class Refresh(Protocol):
    """Says how much of the picture is searched anew at each step."""

    @property
    def propagates(self) -> bool:
        """Whether the other patches try their neighbours' matches."""

    def share(self, step: int, searched: int, moved: float) -> float:
        """Share of the picture's rows to search at ``step``, in [0, 1].

        Args:
            step: Counts from 1 at each level; at step 0 all is searched.
            searched: Step of the last search.
            moved: Share of the matches that go stale in a step, as that search found.
        """


@dataclass(frozen=True)
class Every:
    """Search all at every n-th step; 1 is the papers' way.

    Args:
        n: Steps from one search to the next.
        propagates: Whether at the other steps each patch tries its neighbours' matches.
    """

    n: int = 1
    propagates: bool = False

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"refresh: every n steps needs n >= 1, got {self.n}")

    def share(self, step: int, searched: int, moved: float) -> float:
        """All once n steps have gone by, nothing before."""
        return float(step - searched >= self.n)


@dataclass(frozen=True)
class Adaptive:
    """Search bands of rows, the more of them the more matches move.

    The bands go down the picture and begin again at its top; what a search finds
    spreads to the rows around by propagation. So much is searched that a row's turn
    comes again before more than ``tolerance`` of its matches have gone stale; what
    would make a narrow band waits for the next steps' rows to join it, for a band
    needs a few rows more than those it finds matches for.

    Args:
        tolerance: Share of stale matches that is put up with, in (0, 1).
        soonest: Fewest steps in which each row is searched once.
        rarest: Most.
        narrowest: A band, as a share of the picture's rows.
        propagates: Whether the other patches try their neighbours' matches.
    """

    tolerance: float = 0.04
    soonest: int = 2
    rarest: int = 20
    narrowest: float = 0.15
    propagates: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must lie in (0, 1), got {self.tolerance}")
        if not 1 <= self.soonest <= self.rarest:
            raise ValueError(
                f"refresh needs 1 <= soonest <= rarest, got {self.soonest} and "
                f"{self.rarest}"
            )
        if not 0 <= self.narrowest <= 1:
            raise ValueError(
                f"refresh: narrowest must lie in [0, 1], got {self.narrowest}"
            )

    def share(self, step: int, searched: int, moved: float) -> float:
        """What keeps stale matches within the tolerance, once that makes a band."""
        rate = min(max(moved / self.tolerance, 1 / self.rarest), 1 / self.soonest)
        due = min(rate * (step - searched), 1.0)
        return due if due >= self.narrowest else 0.0


@dataclass(frozen=True)
class Renewal:
    """What has been searched so far at a level.

    Args:
        searches: How often everything was; searches of some rows add up.
        searched: Step of the last search.
        moved: Share of the matches that go stale in a step, as that search found.
        reached: Row that the next search begins at, as a share of the height.
    """

    searches: float = 0.0
    searched: int = 0
    moved: float = 1.0
    reached: float = 0.0

    def rows(self, refresh: Refresh, step: int) -> Rows:
        """Those to search at ``step``: all at first, then as the policy says."""
        if not self.searches:
            return WHOLE
        share = refresh.share(step, self.searched, self.moved)
        if not share:
            return NONE
        begin = self.reached if share < 1 else 0.0
        last = begin + 1.5 * share >= 1  # rather a broader band than one of few rows
        return begin, 1.0 if last else begin + share

    def after(self, step: int, rows: Rows, stale: float) -> Renewal:
        """Once those rows were searched, and that share of their matches was stale."""
        begin, end = rows
        if begin == end:
            return self
        waited = min(step, (step - self.searched) / (end - begin))  # by those rows
        return Renewal(
            searches=self.searches + end - begin,
            searched=step,
            moved=stale / waited if self.searches else 1.0,
            reached=end if end < 1 else 0.0,
        )
