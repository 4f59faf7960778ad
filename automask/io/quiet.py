"""Keep what C libraries write to standard error off the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what C++ code writes to file descriptor 2; Python errors pass through.

    TFLite, absl, OpenCV and libtiff write there before any Python setting can reach
    them.
    """
    try:
        saved = os.dup(2)
    except OSError:  # started without standard error: nothing to silence
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
