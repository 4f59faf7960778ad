"""Which cases a fuzzer tries, and a call that must end in time and in order."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable

LIMIT = 60  # s that one may take
SEED = int(os.environ.get("AUTOMASK_FUZZ_SEED", "0"))
ENDED = ("Traceback", "unexpected ", "Error:", "<class", "object at 0x", "Warning:")
"""What a person is never told."""


def numbers(few: int) -> range:
    """Of the cases: the first ones, or as AUTOMASK_FUZZ=[FIRST:]END says."""
    first, _, end = os.environ.get("AUTOMASK_FUZZ", str(few)).rpartition(":")
    return range(int(first or 0), int(end))


def called(program: Callable[[], int | None]) -> int | None:
    """The program's exit code, with warnings as they are outside of the tests.

    Raises:
        TimeoutError: If it takes too long.
    """

    def late(number: int, frame: object) -> None:
        raise TimeoutError(f"not done after {LIMIT} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            return program()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
