"""Threads that wait for each other to do something once for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WAIT = 0.005  # s for those who are busy with something else


class Stopped(BaseException):
    """The meeting was closed: nobody wants the result any more."""


@dataclass(eq=False)
class Seat:
    """A thread's at a meeting.

    Args:
        owes: What the others may wait for it to finish.
    """

    owes: object = None


@dataclass(eq=False)
class _Group:
    """What those brought who wait for one thing, and what came of it."""

    brought: list[Any] = field(default_factory=list)
    results: Sequence[Any] = ()
    error: BaseException | None = None
    done: bool = False

    def has_ended(self) -> bool:
        """Whether the results, or the error, are there."""
        return self.done


class Meeting:
    """Threads that do some things together.

    Args:
        wait: Seconds for those who have not come yet.
    """

    def __init__(self, wait: float | None = None) -> None:
        self.wait, self.closed = WAIT if wait is None else wait, False
        self._changed = threading.Condition()
        self._groups: dict[Hashable, _Group] = {}
        self._seats = self._waiting = 0
        self._own = threading.local()

    @property
    def seat(self) -> Seat | None:
        """Of this thread."""
        return getattr(self._own, "seat", None)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Count this thread in; nobody waits for it afterwards, however it ends."""
        self._own.seat = seat = Seat()
        with self._changed:
            self._seats += 1
        try:
            yield
        finally:
            self._own.seat = None
            with self._changed:
                self._seats -= 1
                seat.owes = None
                self._changed.notify_all()

    def close(self) -> None:
        """Raise Stopped in whoever comes or waits."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def __call__(
        self,
        key: Hashable,
        brought: Any,
        work: Callable[[Sequence[Any]], Sequence[Any]],
        awaits: Callable[[int], bool] | None = None,
    ) -> Any:
        """Do what is done together; the first who comes does it for all.

        Args:
            key: Those with equal ones do it together.
            brought: This thread's part.
            work: From everyone's parts to everyone's results.
            awaits: Whether that many are all. None: when no thread of the meeting is
                elsewhere, and the wait is over at the latest.

        Returns:
            This thread's result.

        Raises:
            Stopped: If the meeting was closed.
            BaseException: In everyone, what ``work`` raised.
        """
        with self._changed:
            first = key not in self._groups
            group = self._groups.setdefault(key, _Group())
            place = len(group.brought)
            group.brought.append(brought)
            self._waiting += 1
            self._changed.notify_all()
            if first:
                self._gather(group, awaits)
                del self._groups[key]
                self._waiting -= len(group.brought)
            else:
                self._changed.wait_for(group.has_ended)
        if first:
            self._do(group, work)
        try:
            if group.error is not None:
                raise group.error
            return group.results[place]
        finally:
            del group  # else it and its error keep each other, and the pass's memory

    def _gather(self, group: _Group, awaits: Callable[[int], bool] | None) -> None:
        def ready() -> bool:
            if awaits is None:
                return self.closed or self._waiting >= self._seats
            return self.closed or awaits(len(group.brought))

        self._changed.wait_for(ready, self.wait if awaits is None else None)

    def _do(
        self, group: _Group, work: Callable[[Sequence[Any]], Sequence[Any]]
    ) -> None:
        try:
            if self.closed:
                raise Stopped
            group.results = work(group.brought)
        except BaseException as error:
            group.error = error
        finally:
            with self._changed:
                group.done = True
                self._changed.notify_all()
            del group  # as above
