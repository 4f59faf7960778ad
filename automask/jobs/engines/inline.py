"""The engine that does one item after another in this process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcomes, Queue, Share, run_item


@dataclass(frozen=True)
class Inline:
    """One item after another.

    Args:
        retries: Tries allowed after memory was short.
    """

    retries: int = 1

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they are done."""
        work = Queue(items, self.retries)
        while work.waiting:
            item, tries = work.waiting.popleft()
            outcome = run_item(load, Share(), item)
            if work.settled(outcome, tries):
                yield outcome
