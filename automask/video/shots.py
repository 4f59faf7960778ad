"""Where one shot ends and the next begins."""

from __future__ import annotations

from collections import deque
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CUT = 0.12  # of [0, 1]: mean difference that motion does not explain
STANDS_OUT = 3.0  # times as large as what is usual around it
AROUND = 6  # frames before that say what is usual
FLASH = 3  # frames that a flash lasts at most


class Cuts:
    """Finds cuts in frames that come one by one.

    A cut differs from the frame before by more than motion explains and than what is
    usual there, and what was seen before does not come back: else it was a flash.
    """

    def __init__(self) -> None:
        self._count = 0
        self._usual: deque[float] = deque(maxlen=AROUND)
        self._last: NDArray[np.float32] | None = None
        self._before: tuple[int, NDArray[np.float32]] | None = None
        self._found = [0]

    def take(self, frame: NDArray[np.uint8]) -> None:
        """Look at the next frame, (h, w, 3) and small."""
        lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        seen = np.asarray(lab / 100, np.float32)
        if self._last is not None:
            changed = unexplained(self._last, seen)
            self._judge(changed, seen)
            self._usual.append(changed)
        self._last = seen
        self._count += 1

    def found(self) -> tuple[int, ...]:
        """Index of the first frame of each shot."""
        return tuple(self._found)

    def _judge(self, changed: float, seen: NDArray[np.float32]) -> None:
        assert self._last is not None
        usual = float(np.median(self._usual)) if self._usual else 0.0
        if self._before is not None:
            first, before = self._before
            if unexplained(before, seen) < CUT and self._count - first <= FLASH:
                if self._found[-1] == first:
                    self._found.pop()  # it was a flash
                self._before = None
                return
            if self._count - first > FLASH:
                self._before = None
        if changed > CUT and changed > STANDS_OUT * usual:
            if self._before is None:
                self._before = self._count, self._last
            if self._count - self._found[-1] > 1:
                self._found.append(self._count)


def unexplained(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    """Mean difference in [0, 1] that is left once motion is taken out.

    Args:
        before: (h, w, 3) in L*a*b* / 100.
        now: Likewise.
    """
    plain = float(np.abs(now - before).mean())
    if plain < CUT:
        return plain
    grey = [
        np.clip(each[..., 0] * 255, 0, 255).astype(np.uint8) for each in (now, before)
    ]
    if min(grey[0].shape) < 12:  # too small to be searched
        return plain
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(*grey, None)
    height, width = grey[0].shape
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    moved = cv2.remap(before, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if inside.mean() < 0.25:
        return plain
    return float(np.abs(now - moved)[inside].mean())
