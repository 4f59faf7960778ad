"""Keep what C libraries write to standard error off the terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_within = 0  # blocks that are at work, in whatever thread
_saved: int | None = None


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what C++ code writes to file descriptor 2; Python errors pass through.

    TFLite, absl, OpenCV and libtiff write there before any Python setting can reach
    them. Blocks of several threads may overlap: the last to end opens it again.
    """
    global _within, _saved
    with _lock:
        if not _within:
            _saved = _silenced()
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if not _within and _saved is not None:
                os.dup2(_saved, 2)
                os.close(_saved)


def _silenced() -> int | None:
    """A copy of standard error, which now leads nowhere; None if there was none."""
    try:
        saved = os.dup(2)
    except OSError:
        return None
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    return saved
