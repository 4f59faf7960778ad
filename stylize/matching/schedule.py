"""When matches are searched anew, and in which rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stylize.ranges import check_count, check_share

Rows = tuple[float, float]  # from where to where, as shares of an image's height
NONE, WHOLE = (0.0, 0.0), (0.0, 1.0)


class Refresh(Protocol):
    """Says how much of the picture is searched anew at each step."""

    @property
    def propagates(self) -> bool:
        """Whether the other patches try their neighbours' matches."""

    def share(self, step: int, last: int, moved: float) -> float:
        """Share of the picture's rows to search at ``step``, in [0, 1].

        Args:
            step: Counts from 1 at each level; at step 0 all is searched.
            last: Step of the last search.
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
        check_count("n of refresh", self.n)

    def share(self, step: int, last: int, moved: float) -> float:
        """All once n steps have gone by, nothing before."""
        return float(step - last >= self.n)


@dataclass(frozen=True)
class Adaptive:
    """Search bands of rows, the more of them the more matches move.

    The bands go down the picture and begin again at its top; what a search finds
    spreads to the rows around by propagation. So much is searched that a row's turn
    comes again before more than ``tolerance`` of its matches have gone stale; what
    would make a narrow band waits for the next steps' rows to join it, for a band
    needs a few rows more than those it finds matches for.

    Args:
        tolerance: Share of stale matches that is accepted, in (0, 1).
        min_steps: Fewest steps in which each row is searched once.
        max_steps: Most.
        min_band: Least share of the picture's rows that is searched.
        propagates: Whether the other patches try their neighbours' matches.
    """

    tolerance: float = 0.04
    min_steps: int = 2
    max_steps: int = 20
    min_band: float = 0.15
    propagates: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must lie in (0, 1), got {self.tolerance}")
        if not 1 <= self.min_steps <= self.max_steps:
            raise ValueError(
                f"refresh needs 1 <= min_steps <= max_steps, got {self.min_steps} and "
                f"{self.max_steps}"
            )
        check_share("min_band of refresh", self.min_band)

    def share(self, step: int, last: int, moved: float) -> float:
        """What keeps stale matches within the tolerance, once that makes a band."""
        rate = min(max(moved / self.tolerance, 1 / self.max_steps), 1 / self.min_steps)
        due = min(rate * (step - last), 1.0)
        return due if due >= self.min_band else 0.0


@dataclass(frozen=True)
class Searches:
    """What has been searched so far at a level.

    Args:
        count: How often everything was; searches of some rows add up to whole ones.
        last: Step of the last one.
        moved: Share of the matches that go stale in a step, as that one found.
        begin: Row that the next one begins at, as a share of the height.
    """

    count: float = 0.0
    last: int = 0
    moved: float = 1.0
    begin: float = 0.0

    def rows(self, refresh: Refresh, step: int) -> Rows:
        """Those to search at ``step``: all at first, then as the policy says."""
        if not self.count:
            return WHOLE
        share = refresh.share(step, self.last, self.moved)
        if not share:
            return NONE
        begin = self.begin if share < 1 else 0.0
        to_end = begin + 1.5 * share >= 1  # rather a broader band than a narrow one
        return begin, 1.0 if to_end else begin + share

    def after(self, step: int, rows: Rows, stale: float) -> Searches:
        """Once those rows were searched, and that share of their matches was stale."""
        begin, end = rows
        if begin == end:
            return self
        waited = min(step, (step - self.last) / (end - begin))  # by those rows
        return Searches(
            count=self.count + end - begin,
            last=step,
            moved=stale / waited if self.count else 1.0,
            begin=end if end < 1 else 0.0,
        )
