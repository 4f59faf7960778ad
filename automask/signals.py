"""Ctrl-C and a request to stop, turned into one exception or kept waiting."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM as on Ctrl-C, so that both clean up."""
    with _handled(_stop):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep both signals waiting till the block is done.

    Raises:
        KeyboardInterrupt: After the block, if a signal came meanwhile.
    """
    waiting: list[int] = []
    with _handled(lambda number, frame: waiting.append(number)):
        yield
    if waiting:
        raise KeyboardInterrupt


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _handled(handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # Python hands signals to the main thread alone
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
