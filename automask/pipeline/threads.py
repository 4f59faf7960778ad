"""Threads of painting: as many as there are cores that other programs leave free.

At the end of each operation OpenMP threads wait for one another. While another program
has the core of one of them all wait for it, many thousand times a picture, so that two
runs on the same cores take far more than twice as long as one. Painting gives the same
picture on any number of threads, so that it may change in its middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psutil
import torch

from stylize import Step

EVERY = 0.25  # s between two looks; the kernel counts in hundredths
MARGIN = 0.25  # cores that others may use of one that counts as free
NOT_BUSY = ("idle", "iowait", "steal", "guest", "guest_nice")  # guests count twice


@dataclass(frozen=True)
class Usage:
    """What has been computed so far.

    Args:
        time: s, of no certain beginning.
        others: s of cores by other processes.
    """

    time: float
    others: float


def usage() -> Usage:
    """As it stands."""
    machine = psutil.cpu_times()._asdict()
    busy = sum(s for kind, s in machine.items() if kind not in NOT_BUSY)
    own = psutil.Process().cpu_times()
    return Usage(perf_counter(), busy - own.user - own.system)


def free_cores(before: Usage, now: Usage, cores: int) -> int:
    """Whole cores that others have left free in between, at least one."""
    others = (now.others - before.others) / (now.time - before.time)
    return max(1, int(cores - others + MARGIN))


@contextmanager
def sharing_cores(
    on_step: Callable[[Step], None] | None,
) -> Iterator[Callable[[Step], None]]:
    """Keeps the number of torch's threads at that of the cores that are free.

    It is at most what it was before, and that again afterwards.

    Args:
        on_step: What is called after each step.

    Yields:
        ``on_step``, and at most every quarter of a second a look at the machine.
    """
    most, cores, seen = torch.get_num_threads(), psutil.cpu_count() or 1, usage()

    def step(report: Step) -> None:
        nonlocal seen
        if perf_counter() - seen.time >= EVERY:
            before, seen = seen, usage()
            # One more at a time, for another run may be about to do the same.
            most_now = min(most, torch.get_num_threads() + 1)
            torch.set_num_threads(min(most_now, free_cores(before, seen, cores)))
        if on_step is not None:
            on_step(report)

    try:
        yield step
    finally:
        torch.set_num_threads(most)
