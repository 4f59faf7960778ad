"""When the matches are searched anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Refresh(Protocol):
    """Says at which steps the matches are searched anew."""

    @property
    def propagates(self) -> bool:
        """Whether at the other steps each patch tries its neighbours' matches."""

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether to search at ``step``.

        Args:
            step: Counts from 0 at each level.
            searched: Step of the last search.
            changed: Share of the matches that the last search changed.
        """


@dataclass(frozen=True)
class Every:
    """Search at every n-th step; 1 is the papers' way.

    Args:
        n: Steps from one search to the next.
        propagates: Whether at the other steps each patch tries its neighbours' matches.
    """

    n: int = 1
    propagates: bool = False

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"refresh: every n steps needs n >= 1, got {self.n}")

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether n steps have gone by."""
        return step - searched >= self.n


@dataclass(frozen=True)
class Adaptive:
    """Search until matches settle, then ever more rarely.

    The first steps, which decide what goes where, are all searched. Later the next
    search comes after about ``tolerance / changed`` times as many steps as passed since
    matches last changed by ``changed``: while a twentieth of them still moves with
    every step each step is searched, and once they rest every ``rarest``-th.

    Args:
        tolerance: Share of stale matches that is put up with, in (0, 1).
        rarest: Most steps between two searches.
        settle: Steps at the beginning of a level that are all searched.
        propagates: Whether at the other steps each patch tries its neighbours' matches.
    """

    tolerance: float = 0.05
    rarest: int = 20
    settle: int = 10
    propagates: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must lie in (0, 1), got {self.tolerance}")
        if self.rarest < 1:
            raise ValueError(f"rarest must be >= 1, got {self.rarest}")
        if self.settle < 0:
            raise ValueError(f"settle must be >= 0, got {self.settle}")

    def due(self, step: int, searched: int, changed: float) -> bool:
        """Whether the matches may have gone stale beyond the tolerance."""
        if step < self.settle:
            return True
        patience = min(self.rarest, max(1, int(self.tolerance / max(changed, 1e-9))))
        return step - searched >= patience
