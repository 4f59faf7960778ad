"""Ctrl-C and requests to stop: one exception, an end at once, or a wait.

Light to import: programs listen before they load anything else.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType

SIGNALS = tuple(  # the last one, of a terminal that is closed, is not Windows'
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)
STOPPED = "stopped; nothing half-done is left"
GOES_ON = "stopped; the same command goes on from here"  # of a batch
ONCE = 1.0  # s within which a second signal is the first again, as timeout sends it
PATIENCE = 10  # s that putting things in order may take
last_acts: list[Callable[[], None]] = []
"""What is done where an end at once leaves no time for ``finally``."""


@contextmanager
def stoppable(said: str = STOPPED) -> Iterator[None]:
    """Raise KeyboardInterrupt with the signal's number on each of them.

    An exception that breaks off an import leaves modules in pieces, and one within a
    finaliser is passed over. There, when asked again, and when nothing has come of it
    after a while, the process ends at once, with the same line and exit code.

    Args:
        said: The line, without the program's name.
    """
    asked: list[int] = []
    begun = monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal begun
        if asked and monotonic() - begun < ONCE:
            return
        if asked or _is_loading(frame):
            _end(number, said)
        asked.append(number)
        begun = monotonic()
        _alarm(PATIENCE, lambda *_: _end(number, said))
        raise KeyboardInterrupt(number)

    def passed_over(what: sys.UnraisableHookArgs) -> None:
        if isinstance(what.exc_value, KeyboardInterrupt) and asked:
            _end(asked[0], said)
        before(what)

    before, sys.unraisablehook = sys.unraisablehook, passed_over
    try:
        with _handled(stop):
            yield
    except KeyboardInterrupt as error:  # some libraries raise another one instead
        raise KeyboardInterrupt(*(error.args or asked)) from None
    finally:
        sys.unraisablehook = before
        if asked:
            _alarm(0)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep the signals waiting till the block is done.

    Raises:
        KeyboardInterrupt: After the block, if a signal came meanwhile.
    """
    waiting: list[int] = []
    left = _alarm(0)
    try:
        with _handled(lambda number, frame: waiting.append(number)):
            yield
    finally:
        _alarm(left)
    if waiting:
        raise KeyboardInterrupt(waiting[0])


def end_at_once() -> None:
    """End the process on each of the signals: there is nothing to put in order yet."""
    for number in _heard():
        signal.signal(number, lambda number, frame: _end(number, STOPPED))


def exit_code(stop: KeyboardInterrupt) -> int:
    """What shells make of such an end: 130 for Ctrl-C, 143 for SIGTERM, 129 SIGHUP."""
    return 128 + int(stop.args[0] if stop.args else signal.SIGINT)


def deaf() -> None:
    """Do nothing on any of the signals from here on."""
    for number in _heard():
        signal.signal(number, lambda number, frame: None)


@contextmanager
def inherited_deafness() -> Iterator[None]:
    """Processes that are started within hear no signal till they say otherwise."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _alarm(seconds: int, act: signal._HANDLER = None) -> int:
    """Do something in so many seconds, 0: never; returns how many were left before."""
    if not hasattr(signal, "alarm") or not _is_main():  # Windows has none
        return 0
    if act is not None:
        signal.signal(signal.SIGALRM, act)
    return signal.alarm(seconds)


def _is_main() -> bool:
    """Whether this is the thread that Python hands signals to."""
    return threading.current_thread() is threading.main_thread()


def _is_loading(frame: FrameType | None) -> bool:
    """Whether an import is under way there."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _end(number: int, said: str) -> None:
    """End the process, whatever it is at."""
    for act in reversed(last_acts):
        with suppress(Exception):
            act()
    with suppress(Exception):  # it may be in the middle of a write
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, f"automask: {said}\n".encode())
    os._exit(128 + number)


@contextmanager
def _handled(handler: signal._HANDLER) -> Iterator[None]:
    if not _is_main():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _heard()}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _heard() -> list[signal.Signals]:
    """The signals, but for the hang-up where nohup has it ignored."""
    ignored = {n for n in SIGNALS if signal.getsignal(n) is signal.SIG_IGN}
    return [n for n in SIGNALS if n.name != "SIGHUP" or n not in ignored]
