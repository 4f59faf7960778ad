"""The worker kept alive and in bounds: what it is told, what becomes of each task."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Literal, Protocol

import psutil

from automask.web.limits import Limits
from automask.web.problems import sentence, unavailable
from automask.web.process import WorkerProcess
from automask.web.tasks import (
    Begun,
    Done,
    Failed,
    Paint,
    Pair,
    Report,
    Search,
    Stepped,
    Stop,
    Stopped,
    Task,
    WarmUp,
)

PATIENCE = 1.0  # s that a task has to stop in
WATCH = 1.0  # s between two looks at the worker
TRIES = 2  # of a worker that dies before it has done anything
SLOWEST = 30.0  # s at most before a worker that keeps dying is started anew
KILLED = "The worker was killed ({}), perhaps for want of memory; try a smaller size."
LONG = "Painting took longer than {:.0f} minutes; try a smaller size."
MEMORY = "Painting needed more than {:.0f} MiB of memory; try a smaller size."


class Employer(Protocol):
    """Who has pictures painted."""

    def begun(self, id: str) -> None:
        """Painting has begun."""

    def stepped(self, report: Stepped) -> None:
        """It has come further."""

    def put_back(self, id: str) -> None:
        """The worker has died of something else; painting begins again."""

    def ended(self, outcome: Done | Failed | Stopped, seconds: float) -> None:
        """It has come to an end, after that time at work."""


class Supervisor:
    """One worker, started anew whenever it dies.

    Args:
        limits: Of its time and memory.
        employer: Who hears of what it paints.
    """

    def __init__(self, limits: Limits, employer: Employer) -> None:
        self.limits, self.employer = limits, employer
        self._sent: dict[str, Task] = {}  # that have not come to an end
        self._at_work: dict[str, float] = {}  # since when; the last holds the others
        self._stopping: set[str] = set()
        self._awaited: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._deaths = 0  # since a task was last done
        self._warm = self._closed = False
        self._worker: WorkerProcess | None = None

    def open(self) -> None:
        """Start the worker."""
        if self._closed:
            return
        self._worker, self._warm = WorkerProcess(self._hear, self._bury), False
        for task in self._sent.values():
            self._worker.tell(task)

    def close(self) -> None:
        """End the worker, whatever it is at."""
        self._closed = True
        if self._worker is not None:
            self._worker.kill()

    @property
    def health(self) -> Literal["starting", "ready", "busy"]:
        """Of the worker."""
        if self._sent and self._at_work:
            return "busy"
        return "ready" if self._warm else "starting"

    @property
    def painting(self) -> list[Paint]:
        """Pictures that the worker was told of."""
        return [task for task in self._sent.values() if isinstance(task, Paint)]

    def send(self, task: Task) -> None:
        """Give the worker a task; a worker that is to come gets it then."""
        self._sent[task.id] = task
        if self._worker is not None:
            self._worker.tell(task)

    async def result(self, task: Search | Pair) -> Mapping[str, Any]:
        """What the worker finds; those who ask for the same wait for the same.

        Raises:
            HTTPException: If it finds nothing, or dies.
        """
        if task.id not in self._awaited:
            self._awaited[task.id] = asyncio.get_running_loop().create_future()
            self.send(task)
        return await asyncio.shield(self._awaited[task.id])

    def stop(self, id: str) -> None:
        """Ask the worker to stop painting a picture; it takes its time."""
        if self._worker is None:
            self._finish(Stopped(id))
            return
        self._stopping.add(id)
        self._worker.tell(Stop(id))

    async def stopped(self, id: str) -> None:
        """Have it stopped within a moment, or kill the worker."""
        self.stop(id)
        until = monotonic() + PATIENCE
        while id in self._sent and monotonic() < until:
            await asyncio.sleep(0.01)
        if id in self._sent:
            self._replace()

    async def watch(self) -> None:
        """Kill the worker if it takes too much time or memory."""
        allowed = self.limits.memory * psutil.virtual_memory().total
        while True:
            await asyncio.sleep(WATCH)
            if self._worker is None or not self._at_work:
                continue
            last = [*self._at_work][-1]
            if monotonic() - self._at_work[last] > self.limits.job_seconds:
                self._lose(LONG.format(self.limits.job_seconds / 60))
                continue
            with suppress(psutil.Error):
                if psutil.Process(self._worker.pid).memory_info().rss > allowed:
                    self._lose(MEMORY.format(allowed / 2**20))

    def _hear(self, report: Report) -> None:
        if isinstance(report, Stepped):
            self.employer.stepped(report)
        elif isinstance(report, Begun):
            self._at_work[report.id] = monotonic()
            if isinstance(self._sent.get(report.id), Paint):
                self.employer.begun(report.id)
        else:
            self._deaths = 0
            self._finish(report)

    def _finish(self, outcome: Done | Failed | Stopped) -> None:
        seconds = monotonic() - self._at_work.pop(outcome.id, monotonic())
        self._stopping.discard(outcome.id)
        task = self._sent.pop(outcome.id, None)
        if isinstance(task, Paint):
            self.employer.ended(outcome, seconds)
        elif future := self._awaited.pop(outcome.id, None):
            if isinstance(outcome, Done):
                future.set_result(outcome.result)
            else:
                said = outcome.reason if isinstance(outcome, Failed) else "stopped"
                future.set_exception(unavailable(sentence(said)))
                future.exception()  # nobody may be waiting any more
        elif outcome.id == WarmUp.id:
            self._warm = True

    def _bury(self, death: str) -> None:
        self._lose(KILLED.format(death))

    def _lose(self, reason: str) -> None:
        """Replace a worker that has died, or has to: its last task is to blame."""
        self._deaths += 1
        if self._deaths > TRIES:  # it does not even get as far as a task
            for id in [*self._sent]:
                self._finish(Failed(id, reason))
        self._replace([*self._at_work][-1:], reason)

    def _replace(self, blamed: Collection[str] = (), reason: str = "") -> None:
        """End the worker; what it was told and is not to blame goes to the next."""
        if self._worker is not None:
            self._worker.kill()
        self._worker, self._warm = None, False
        for id, task in [*self._sent.items()]:
            if id in self._stopping:
                self._finish(Stopped(id))
            elif id in blamed:
                self._finish(Failed(id, reason))
            elif isinstance(task, Paint) and id in self._at_work:
                self.employer.put_back(id)
        self._at_work.clear()
        pause = min(SLOWEST, 2.0 ** (self._deaths - 1) - 1) if self._deaths else 0.0
        asyncio.get_running_loop().call_later(pause, self.open)
