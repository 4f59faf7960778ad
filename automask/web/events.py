"""Changes of jobs as server-sent events: to each listener what it has not seen yet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from automask.web.schemas import Job

PAUSE = 0.1  # s between two events of one job
KEEPALIVE = 15.0  # s
ENDED = ("done", "failed", "cancelled")

Find = Callable[[str], Job | None]


class Changes:
    """Who listens, and what is to be told to each."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    def told(self, id: str) -> None:
        """Note that a job has changed or is gone."""
        for listener in self._listeners:
            listener.changed[id] = None
            listener.woken.set()

    def close(self) -> None:
        """End all streams."""
        for listener in self._listeners:
            listener.closed = True
            listener.woken.set()

    async def stream(
        self, known: list[str], find: Find, only: str | None = None
    ) -> AsyncIterator[str]:
        """Events as text: first of the jobs that are known, then of each change.

        Args:
            known: Ids.
            find: A job by its id; None once it is gone.
            only: The one job that is told of; the stream ends with it.
        """
        listener = _Listener(dict.fromkeys(known))
        self._listeners.add(listener)
        try:
            while not listener.closed:
                ids, listener.changed = [*listener.changed], {}
                for id in ids:
                    if only is not None and id != only:
                        continue
                    job = find(id)
                    yield _event(id, job)
                    if only is not None and (job is None or job.state in ENDED):
                        return
                await asyncio.sleep(PAUSE)
                if not await listener.wakes():
                    yield ": keepalive\n\n"
        finally:
            self._listeners.discard(listener)


class _Listener:
    def __init__(self, changed: dict[str, None]) -> None:
        self.changed = changed
        self.woken = asyncio.Event()
        self.closed = False

    async def wakes(self) -> bool:
        """Whether something has happened before it is time for a sign of life."""
        with suppress(TimeoutError):
            async with asyncio.timeout(KEEPALIVE):
                await self.woken.wait()
                self.woken.clear()
                return True
        return False


def _event(id: str, job: Job | None) -> str:
    """JSON has no newlines, so that no text can end an event."""
    if job is None:
        return f"event: gone\ndata: {json.dumps({'id': id})}\n\n"
    return f"event: job\ndata: {job.model_dump_json()}\n\n"
