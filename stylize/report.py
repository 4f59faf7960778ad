"""What painting says of itself while it goes on and at its end."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Step:
    """Where the work stands, for a progress bar.

    Args:
        level: From 0, the coarsest.
        levels: Number of levels.
        iteration: From 1.
        iterations: Of this level.
        image: (1, 3, H, W) as painted so far, at this level's size, not clamped; the
            next step changes it in place.
        losses: Weighted loss by term.
    """

    level: int
    levels: int
    iteration: int
    iterations: int
    image: Tensor
    losses: dict[str, float]

    @property
    def height(self) -> int:
        """Px."""
        return self.image.shape[2]

    @property
    def width(self) -> int:
        """Px."""
        return self.image.shape[3]


@dataclass(frozen=True)
class LevelReport:
    """What one level took and reached.

    Args:
        height: Px.
        width: Px.
        iterations: Steps made.
        seconds: Wall time, encoding of content and styles included.
        losses: Weighted loss by term at the last step.
        first_losses: At the first step.
        searches: Exact searches for matches.
        crossing: Share of matches that cross a mask border, by layer.
    """

    height: int
    width: int
    iterations: int
    seconds: float
    losses: dict[str, float]
    first_losses: dict[str, float]
    searches: int
    crossing: dict[str, float]


@dataclass(frozen=True)
class Stylized:
    """The picture, (1, 3, H, W) in [0, 1], and how each level went."""

    image: Tensor
    levels: tuple[LevelReport, ...]
