"""The queue: what the worker is told, what becomes of it, and who hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Literal

import psutil

from automask.web.events import ENDED, Changes
from automask.web.limits import Limits
from automask.web.problems import conflict, missing, sentence, too_many, unavailable
from automask.web.process import WorkerProcess
from automask.web.schemas import Job, JobWish
from automask.web.store import Store, StoredJob, new_id
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
SLOWEST = 30.0  # s at most before a worker that keeps dying is started anew
KILLED = "The worker was killed ({}), perhaps for want of memory; try a smaller size."
LONG = "Painting took longer than {:.0f} minutes; try a smaller size."
MEMORY = "Painting needed more than {:.0f} MiB of memory; try a smaller size."
BROKEN_OFF = "Painting was broken off {} times as the server ended; try it again."
UNDONE: dict[str, Any] = {
    "level": 0,
    "iteration": 0,
    "place": None,
    "seconds_left": None,
}


class Jobs:
    """Jobs, and the one worker that does them.

    Args:
        store: Where they are kept.
        limits: Of their number, time and memory.
        changes: Who hears of them.
    """

    def __init__(self, store: Store, limits: Limits, changes: Changes) -> None:
        self.store, self.limits, self.changes = store, limits, changes
        self.ended = asyncio.Event()  # some job: what is kept may be too much
        self._pictures: dict[str, bytes] = {}  # so far
        self._queue: list[str] = []
        self._sent: dict[str, Task] = {}
        self._at_work: list[str] = []
        self._wanted: dict[str, Literal["cancelled", "paused", "gone"]] = {}
        self._reasons: dict[str, str] = {}  # of a job whose worker we kill
        self._awaited: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._begun: dict[str, float] = {}
        self._deaths = 0
        self._warm = self._stopped = False
        self._worker: WorkerProcess | None = None

    # What the API asks for

    def start(self) -> None:
        """Go on with what an earlier server left, and start the worker."""
        for id, stored in [*self.store.jobs.items()]:
            if stored.job.preview:
                self.store.forget("jobs", id)
            elif stored.job.state in ("running", "waiting"):
                if stored.starts >= self.limits.starts:
                    self._end(id, "failed", error=BROKEN_OFF.format(stored.starts))
                else:
                    self._queue.append(id)
                    self._change(id, state="waiting", **UNDONE)
        self._start_worker()

    def stop(self) -> None:
        """End the worker; what it was at goes on at the next start."""
        self._stopped = True
        if self._worker is not None:
            self._worker.kill()

    @property
    def health(self) -> Literal["starting", "ready", "busy"]:
        """Of the worker."""
        if not self._warm:
            return "starting"
        return "busy" if self._sent else "ready"

    def find(self, id: str) -> Job | None:
        """A job as it stands."""
        stored = self.store.jobs.get(id)
        return stored.job if stored else None

    def known(self, id: str) -> Job:
        """A job that is there.

        Raises:
            HTTPException: If it is not.
        """
        if (job := self.find(id)) is None:
            raise missing("job")
        return job

    def so_far(self, id: str) -> bytes | None:
        """JPEG of a job that is being painted."""
        return self._pictures.get(id)

    def submit(self, wish: JobWish, keys: Mapping[str, Any]) -> Job:
        """Take a job; its keys are checked."""
        waiting = sum(
            s.job.state in ("waiting", "paused", "running")
            for s in self.store.jobs.values()
        )
        if waiting >= self.limits.waiting:
            raise too_many(f"{waiting} jobs are waiting; wait, or cancel some.")
        job = Job(
            id=new_id(),
            state="waiting",
            created=datetime.now(UTC).isoformat(),
            content=self.store.pictures[wish.content],
            style=self.store.pictures[wish.style],
            **wish.model_dump(include={"preview", "group", "label"}),
            masks=wish.masks,
            style_masks=wish.style_masks,
            keys=dict(keys),
        )
        if job.preview:
            self._leave_older(job)
        self.store.keep_job(StoredJob(job=job))
        if job.preview:
            self._send(self.store.task(job))
        else:
            self._queue.append(job.id)
        self._told(job.id)
        self._next()
        return self.known(job.id)

    async def cancel(self, id: str) -> Job:
        """Stop a job for good."""
        job = self.known(id)
        if job.state in ENDED:
            raise conflict(f"The job is {job.state} already.")
        await self._stop(id, "cancelled")
        return self.known(id)

    async def pause(self, id: str) -> Job:
        """Stop a job; its state is kept."""
        job = self.known(id)
        if job.preview:
            raise conflict("A preview cannot be paused.")
        if job.state not in ("waiting", "running"):
            raise conflict(f"The job is {job.state}; it cannot be paused.")
        await self._stop(id, "paused")
        return self.known(id)

    def resume(self, id: str) -> Job:
        """Go on with a job that was paused, before those that wait."""
        job = self.known(id)
        if job.state != "paused":
            raise conflict(f"The job is {job.state}, not paused.")
        self._queue.insert(0, id)
        self._change(id, state="waiting")
        self._next()
        return self.known(id)

    async def delete(self, id: str) -> None:
        """Cancel a job and forget it."""
        if self.known(id).state not in ENDED:
            await self._stop(id, "gone")
        self._forget(id)

    async def search(self, task: Search | Pair) -> Mapping[str, Any]:
        """What the worker finds; those who ask for the same wait for the same.

        Raises:
            HTTPException: If it finds nothing, or dies.
        """
        future = self._awaited.get(task.id)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._awaited[task.id] = future
            self._send(task)
        return await asyncio.shield(future)

    async def watch(self) -> None:
        """Look after the worker: it may take only so much time and memory."""
        allowed = self.limits.memory * psutil.virtual_memory().total
        while True:
            await asyncio.sleep(WATCH)
            if self._worker is None or not self._at_work:
                continue
            with suppress(psutil.Error):
                taken = psutil.Process(self._worker.pid).memory_info().rss
                if taken > allowed:
                    self._kill_for(MEMORY.format(allowed / 2**20))
                    continue
            begun = self._begun.get(self._at_work[-1])
            if begun is not None and monotonic() - begun > self.limits.job_seconds:
                self._kill_for(LONG.format(self.limits.job_seconds / 60))

    # What the worker says

    def _hear(self, report: Report) -> None:
        if isinstance(report, Begun):
            self._begin(report.id)
        elif isinstance(report, Stepped):
            if report.image is not None:
                self._pictures[report.id] = report.image
            self._change(report.id, kept=False, **report.progress)
        else:
            self._finish(report)
            self._next()

    def _begin(self, id: str) -> None:
        self._at_work.append(id)
        self._begun[id] = monotonic()
        if stored := self.store.jobs.get(id):
            self._change(id, state="running", starts=stored.starts + 1, place=None)

    def _finish(self, report: Done | Failed | Stopped) -> None:
        id = report.id
        task = self._sent.pop(id, None)
        seconds = round(monotonic() - self._begun.pop(id, monotonic()), 3)
        with suppress(ValueError):
            self._at_work.remove(id)
        if not isinstance(report, Stopped):
            self._deaths = 0
        if isinstance(task, WarmUp):
            self._warm = True
        elif isinstance(task, Paint):
            self._painted(report, seconds)
        elif (future := self._awaited.pop(id, None)) is not None:
            if isinstance(report, Done):
                future.set_result(report.result)
            else:
                said = report.reason if isinstance(report, Failed) else "stopped"
                future.set_exception(unavailable(sentence(said)))
                future.exception()  # nobody may be waiting any more

    def _painted(self, report: Done | Failed | Stopped, seconds: float) -> None:
        id, wanted = report.id, self._wanted.pop(report.id, None)
        job = self.find(id)
        if job is None:
            return
        seconds += job.seconds or 0.0
        if wanted == "gone":
            self._forget(id)
        elif isinstance(report, Done):
            names = ("warnings", "width", "height", "command")
            made = {name: report.result[name] for name in names}
            self._end(id, "done", done=1.0, seconds=round(seconds, 3), **made)
        elif isinstance(report, Failed):
            self._end(id, "failed", error=sentence(report.reason))
        elif wanted == "paused":
            self._change(id, state="paused", seconds=round(seconds, 3), **UNDONE)
        else:
            self._end(id, "cancelled")

    def _bury(self, death: str) -> None:
        """The worker has died: of what it was at, the last is to blame."""
        self._deaths += 1
        if self._at_work:
            self._reasons.setdefault(self._at_work[-1], KILLED.format(death))
        self._replace_worker()

    # The worker and what it is told

    def _start_worker(self) -> None:
        if self._stopped:
            return
        self._worker, self._warm = WorkerProcess(self._hear, self._bury), False
        self._sent = {"warm-up": WarmUp(), **self._sent}
        for task in self._sent.values():
            if not isinstance(task, WarmUp):  # it begins with that of its own accord
                self._worker.tell(task)
        self._next()

    def _kill_for(self, reason: str) -> None:
        """Kill the worker because of what it is at."""
        self._reasons[self._at_work[-1]] = reason
        self._replace_worker()

    def _replace_worker(self) -> None:
        """End the worker; what it was told and is not to blame goes to the next."""
        if self._worker is not None:
            self._worker.kill()
        self._worker, self._warm = None, False
        self._at_work.clear()
        self._sent.pop("warm-up", None)
        for id, task in [*self._sent.items()]:
            reason = self._reasons.pop(id, None)
            if id in self._wanted:
                self._finish(Stopped(id))
            elif reason is not None:
                self._finish(Failed(id, reason))
            elif isinstance(task, Paint):
                self._change(id, state="waiting", **UNDONE)
        self._begun.clear()
        pause = min(SLOWEST, 2.0 ** (self._deaths - 1) - 1) if self._deaths else 0.0
        asyncio.get_running_loop().call_later(pause, self._start_worker)

    def _send(self, task: Task) -> None:
        self._sent[task.id] = task
        if self._worker is not None:
            self._worker.tell(task)

    def _next(self) -> None:
        """Give the worker the next final if it has none."""
        finals = (t for t in self._sent.values() if isinstance(t, Paint))
        if self._queue and all(task.preview for task in finals):
            self._send(self.store.task(self.known(self._queue.pop(0))))
        for place, id in enumerate(self._queue, 1):
            if self.known(id).place != place:
                self._change(id, kept=False, place=place)

    async def _stop(
        self, id: str, wanted: Literal["cancelled", "paused", "gone"]
    ) -> None:
        """Have a job stop, or kill the worker that does not let go of it."""
        if id in self._queue:
            self._queue.remove(id)
            if wanted == "paused":
                self._change(id, state="paused", place=None)
            elif wanted == "cancelled":
                self._end(id, "cancelled")
            self._next()
            return
        self._wanted[id] = wanted
        if self._worker is not None:
            self._worker.tell(Stop(id))
        until = monotonic() + PATIENCE
        while id in self._sent and monotonic() < until:
            await asyncio.sleep(0.01)
        if id in self._sent and id in self._wanted:
            self._replace_worker()

    def _leave_older(self, job: Job) -> None:
        """Stop the previews that this one takes the place of."""
        for id in [*self._sent]:
            other = self.find(id)
            if other and other.preview and other.group == job.group:
                self._wanted[id] = "gone"
                if self._worker is not None:
                    self._worker.tell(Stop(id))

    # What is kept, and who hears of it

    def _end(self, id: str, state: str, **fields: Any) -> None:
        self._pictures.pop(id, None)
        self._change(id, state=state, place=None, seconds_left=None, **fields)
        self.ended.set()
        job = self.known(id)
        if job.preview and state == "done":
            for other in [s.job for s in self.store.jobs.values()]:
                same = other.preview and other.group == job.group
                if same and other.id != id and other.state in ENDED:
                    self._forget(other.id)

    def _change(
        self, id: str, kept: bool = True, starts: int | None = None, **fields: Any
    ) -> None:
        """Change a job, on disk as well unless it changes soon again."""
        stored = self.store.jobs.get(id)
        if stored is None:
            return
        stored = StoredJob(
            job=stored.job.model_copy(update=fields),
            starts=stored.starts if starts is None else starts,
        )
        if kept:
            self.store.keep_job(stored)
        else:
            self.store.jobs[id] = stored
        self._told(id)

    def _forget(self, id: str) -> None:
        self._pictures.pop(id, None)
        self.store.forget("jobs", id)
        self._told(id)
        self.ended.set()

    def _told(self, id: str) -> None:
        self.changes.told(id)
