"""When a level has got as far as it will get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """A level stops early once its energy hardly falls any more.

    Args:
        steps: Over which it has to fall; 0 for all the patience in the world.
        tolerance: The part of its energy by which it has to, in [0, 1).
    """

    steps: int = 0
    tolerance: float = 0.001

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise ValueError(f"patience: steps must be >= 0, got {self.steps}")
        if not 0 <= self.tolerance < 1:
            raise ValueError(
                f"patience: tolerance must lie in [0, 1), got {self.tolerance:g}"
            )

    def ends(self, energies: Sequence[float]) -> bool:
        """Whether the last steps brought too little.

        Args:
            energies: Of each step of the level so far.
        """
        before, since = energies[: -self.steps], energies[-self.steps :]
        if not self.steps or not before:
            return False
        return min(since) > (1 - self.tolerance) * min(before)
