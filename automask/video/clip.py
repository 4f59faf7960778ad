"""A clip as it is read: its frames' times and size, and where its shots begin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W, 3) sRGB, of all values that 8 or 16 bits have."""


@dataclass(frozen=True)
class Clip:
    """What is known of a clip before it is painted.

    Args:
        path: Of its file, or of the folder of its frames.
        width: Of the frames as they are painted, px, upright.
        height: Likewise.
        deep: Whether frames are read with 16 bits a channel.
        time_base: Of the times, s.
        times: Of each frame, ascending.
        shots: Index of the first frame of each shot; the first is 0.
        broken: Frames that could not be read.
        notes: What else is to be said of it.
    """

    path: str
    width: int
    height: int
    deep: bool
    time_base: Fraction
    times: tuple[int, ...]
    shots: tuple[int, ...]
    broken: int = 0
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average; 25 of a single frame."""
        taken = (self.times[-1] - self.times[0]) * self.time_base
        return (len(self.times) - 1) / taken if taken else Fraction(25)

    @property
    def pause(self) -> int:
        """How long the last frame is shown, in the time base: as long as most."""
        if len(self.times) == 1:
            return max(1, round(Fraction(1, 25) / self.time_base))
        return median_low(after - before for before, after in pairwise(self.times))
