"""The engine that does all items in this process."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automask.jobs.items import Item
from automask.jobs.outcome import (
    Load,
    Outcome,
    Outcomes,
    Queue,
    Share,
    attempt,
    queue,
)

if TYPE_CHECKING:
    from stylize.meeting import Meeting


@dataclass(frozen=True)
class Inline:
    """One item after another, or several at once that share an encoder.

    Args:
        retries: Tries allowed after memory was short.
        together: Items at once, each in a thread.
    """

    retries: int = 1
    together: int = 1

    def __post_init__(self) -> None:
        if self.together < 1:
            raise ValueError(f"together must be an integer >= 1, got {self.together}")

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they are done."""
        work = queue(items, self.retries)
        if self.together > 1 and len(work.waiting) > 1:
            yield from self._at_once(load, work)
        while work.waiting:
            item, tries = work.waiting.popleft()
            outcome = attempt(load, Share(), item)
            if work.settled(outcome, tries):
                yield outcome

    def _at_once(self, load: Load, work: Queue) -> Outcomes:
        from stylize.meeting import Meeting

        meeting = Meeting()
        share = Share(meeting=meeting)
        busy: dict[Future[Outcome], int] = {}
        with ThreadPoolExecutor(self.together) as threads:
            try:
                while work.waiting or busy:
                    while work.waiting and len(busy) < self.together:
                        item, tries = work.waiting.popleft()
                        future = threads.submit(_joined, meeting, load, share, item)
                        busy[future] = tries
                    for future in wait(busy, return_when=FIRST_COMPLETED).done:
                        tries = busy.pop(future)
                        if work.settled(future.result(), tries):
                            yield future.result()
            finally:
                meeting.close()  # those still at work stop at their next step


def _joined(meeting: Meeting, load: Load, share: Share, item: Item) -> Outcome:
    with meeting.joined():
        return attempt(load, share, item)
