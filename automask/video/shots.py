"""Where one shot ends and the next begins."""

from __future__ import annotations

from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CUT = 0.4  # of a picture's structure goes on, at most
STANDS_OUT = 1.6  # times the change that is usual before and after
AROUND = 3  # frames before and after that say what is usual
FLASH = 3  # frames that a flash lasts at most
SAME = 0.7  # correlation of structure from which on it is the same
BACK = 1.5  # px that motion there and back misses by where it can be trusted
WINDOW = 3.0  # px: deviation of the window in which structure is compared
FLAT = 12.0  # variance of levels, of all channels: what has less shows no structure
LEAST = 0.1  # of a picture that must show structure, or it is passed over

Seen = NDArray[np.float32]
"""(h, w, 3) levels of sRGB, 0 to 255."""
Grey = NDArray[np.float32]
"""(h, w) grey levels, 0 to 255."""


class Cuts:
    """Finds cuts in frames that come one by one.

    At a cut the picture changes by more than is usual before and after, and next to
    nothing of it goes on along the motion. What was seen before does not come back at
    once: else it was a flash. Flat pictures, as between two fades, are passed over.
    """

    def __init__(self) -> None:
        self._changes: list[float] = []  # levels, of each frame
        self._new: set[int] = set()  # frames to which next to nothing goes on
        self._last: Seen | None = None
        self._before: tuple[int, Seen] | None = None  # the last new one

    def take(self, frame: NDArray[np.uint8]) -> None:
        """Look at the next frame, (h, w, 3) and small."""
        seen = _smooth(frame.astype(np.float32), 0.7)
        number = len(self._changes)
        self._changes.append(0.0)
        if (_variance(seen) > FLAT).mean() < LEAST:
            return
        if self._last is not None:
            self._changes[number] = float(np.abs(seen - self._last).mean())
            self._judge(number, self._last, seen)
        self._last = seen

    def found(self) -> tuple[int, ...]:
        """Index of the first frame of each shot."""
        return (0, *(n for n in sorted(self._new) if self._stands_out(n)))

    def _judge(self, number: int, last: Seen, seen: Seen) -> None:
        if self._before is not None:
            first, before = self._before
            if number - first > FLASH:
                self._before = None
            elif going_on(before, seen) > CUT:
                self._new -= {*range(first, number)}
                self._before = None
                return
        if self._stands_out(number) and going_on(last, seen) <= CUT:
            self._new.add(number)
            self._before = self._before or (number, last)

    def _stands_out(self, number: int) -> bool:
        before = self._changes[max(1, number - AROUND) : number]
        after = self._changes[number + 1 : number + 1 + AROUND]
        usual = max(median(side or [0.0]) for side in (before, after))
        return self._changes[number] > STANDS_OUT * usual


def going_on(before: Seen, now: Seen) -> float:
    """Share in [0, 1] of the structure of one frame that the other shows too.

    The larger of both shares: what enters the picture, or leaves it, is no cut.

    Args:
        before: A frame.
        now: A later one.
    """
    lit = _evenly_lit(before), _evenly_lit(now)
    there, back = _motion(*lit[::-1]), _motion(*lit)
    return max(_shown(now, before, there, back), _shown(before, now, back, there))


def _shown(now: Any, other: Any, there: Any, back: Any) -> float:
    """Share of the structure of a frame that is where motion leads in the other."""
    height, width = now.shape[:2]
    x = there[..., 0] + np.arange(width, dtype=np.float32)
    y = there[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    moved, returned = (
        cv2.remap(each, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for each in (other, back)
    )
    variances = _variance(now), _variance(moved)
    shared = (_smooth(now * moved) - _smooth(now) * _smooth(moved)).sum(axis=-1)
    same = shared > SAME * np.sqrt(variances[0] * variances[1])
    same &= np.linalg.norm(there + returned, axis=-1) < BACK
    judged = inside & (variances[0] + variances[1] > 2 * FLAT)
    return float((same & judged).sum() / max(1, judged.sum()))


def _motion(now: Grey, other: Grey) -> Any:
    """(h, w, 2) px from where a pixel is to where the other frame shows it.

    The search is told where most of the picture went, for it does not reach far.
    """
    if min(now.shape) < 12:  # too small to be searched
        return np.zeros((*now.shape, 2), np.float32)
    window = cv2.createHanningWindow(now.shape[::-1], cv2.CV_32F)
    jump = cv2.phaseCorrelate(now, other, window)[0]
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    levels = (each.astype(np.uint8) for each in (now, other))
    return search.calc(*levels, np.full((*now.shape, 2), jump, np.float32))


def _evenly_lit(seen: Seen) -> Grey:
    """Its structure whatever the light: local mean and contrast are made equal."""
    grey = np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.float32)
    mean = _smooth(grey, 8)
    deviation = np.sqrt(np.maximum(_smooth(grey * grey, 8) - mean**2, 0))
    return np.clip((grey - mean) / (deviation + 2) * 40 + 128, 0, 255)


def _variance(seen: Seen) -> Grey:
    """Of the levels around each pixel, all three together."""
    each = _smooth(seen * seen) - _smooth(seen) ** 2
    return np.maximum(each.sum(axis=-1), 0)


def _smooth(levels: Seen | Grey, sigma: float = WINDOW) -> Seen:
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), sigma), np.float32)
