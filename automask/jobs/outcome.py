"""One try at one item, in whatever process; what an engine and its workers agree on."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Protocol

from automask.io.errors import MEMORY, one_line
from automask.io.terminal import show_traceback
from automask.jobs.items import Item

CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True)
class Share:
    """A worker's part of its machine.

    Args:
        threads: To compute with; None: torch's own choice.
        number: Of the worker, from 0; GPUs are dealt out by it.
        workers: That share the machine's memory, at most.
    """

    threads: int | None = None
    number: int = 0
    workers: int = 1


Job = Callable[[Item], None]
"""Does one item, or raises."""


class Load(Hashable, Protocol):
    """Builds what all items of a worker need; equal ones build equal jobs."""

    def __call__(self, share: Share) -> Job:
        """The job of a worker with that share."""


@dataclass(frozen=True)
class Outcome:
    """What became of an item.

    Args:
        item: The one.
        reason: Why it failed, in one line; None if it is done.
        seconds: That it took.
        again: Whether it may go well next time: memory was short, or a worker died.
        hopeless: Whether no other item can go better: the disk is full, or what all of
            them need cannot be loaded.
    """

    item: Item
    reason: str | None = None
    seconds: float = 0.0
    again: bool = False
    hopeless: bool = False


Outcomes = Generator[Outcome, None, None]


class Engine(Protocol):
    """Does all items, in any order."""

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they come; closing it ends its workers."""


def run_item(load: Load, share: Share, item: Item) -> Outcome:
    """Do an item with this process's job; a failure becomes an outcome."""
    begun = perf_counter()
    job = None
    try:
        job = _loaded(load, share)
        job(item)
    except Exception as error:
        show_traceback(error)
        short = _is_short(error)
        full = isinstance(error, OSError) and error.errno in CANNOT_WRITE
        hopeless = full or (job is None and not short)
        return Outcome(item, one_line(error), perf_counter() - begun, short, hopeless)
    return Outcome(item, None, perf_counter() - begun)


def _is_short(error: Exception) -> bool:
    """Whether it was for want of memory."""
    said = isinstance(error, RuntimeError) and MEMORY.search(str(error))
    return isinstance(error, MemoryError) or bool(said)


@lru_cache(maxsize=1)
def _loaded(load: Load, share: Share) -> Job:
    return load(share)


class Queue:
    """Items that wait, each with how often it was tried.

    Args:
        items: All of them.
        retries: Tries allowed after the first.
    """

    def __init__(self, items: Iterable[Item], retries: int) -> None:
        if retries < 0:
            raise ValueError(f"retries must be an integer >= 0, got {retries}")
        self.retries = retries
        self.waiting = deque((item, 0) for item in items)

    def settled(self, outcome: Outcome, tries: int) -> bool:
        """Whether the outcome is final; otherwise the item waits at the end again."""
        if outcome.again and tries < self.retries:
            self.waiting.append((outcome.item, tries + 1))
            return False
        return True
