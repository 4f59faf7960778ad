"""MediaPipe's nets as functions, opened late and in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

from automask.mediapipe import solutions, tasks
from automask.mediapipe.net_file import come_along
from automask.mediapipe.silence import quiet, without_pyplot

Net = Literal["short", "full", "landmarks", "pose", "square", "landscape"]
"""Detectors of faces nearby and farther away; a face's landmarks, and a body's; persons
against the background in a square picture, and in a wide one."""
Run = Callable[[np.ndarray], np.ndarray]


@contextmanager
def opened(net: Net, min_score: float = 0.5) -> Iterator[Run]:
    """One of MediaPipe's nets, closed afterwards.

    Args:
        net: Which one.
        min_score: From which a face or a body counts as seen; "full" never goes below
            0.6, and the persons' nets know no score.

    Yields:
        What it makes of (H, W, 3) 8-bit RGB: of "short" and "full" (N, 5) left, top,
        width, height in shares of the picture, and score; of "landmarks" and "pose"
        (478, 2) and (33, 2) x and y in such shares, (0, 2) if nobody is there; else
        (H, W) how probably each pixel is a person's.

    Raises:
        ValueError: If the nets are not on this machine.
    """
    with quiet():
        with without_pyplot():
            import mediapipe  # noqa: F401
        version = solutions if come_along() else tasks
        with version.opened(net, min_score) as run:
            yield run
