"""Jobs from the queue to the history, and who hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from automask.web.events import ENDED, Changes
from automask.web.limits import Limits
from automask.web.problems import conflict, missing, sentence, too_many
from automask.web.requests import job_of, task_of
from automask.web.schemas import Job, JobWish
from automask.web.store import Store, StoredJob
from automask.web.supervisor import Supervisor
from automask.web.tasks import Done, Failed, Stepped, Stopped

BROKEN_OFF = "Painting was broken off {} times as the server ended; try it again."
MADE = ("warnings", "width", "height", "command")  # what a job takes of its result
UNDONE: dict[str, Any] = {"state": "waiting", "seconds_left": None}
OPEN = ("waiting", "running", "paused")


class Jobs:
    """All jobs, and the one worker that does them.

    Args:
        store: Where they are kept.
        limits: Of their number, time and memory.
        changes: Who hears of them.
    """

    def __init__(self, store: Store, limits: Limits, changes: Changes) -> None:
        self.store, self.limits, self.changes = store, limits, changes
        self.supervisor = Supervisor(limits, self)
        self._queue: list[str] = []  # finals that the worker was not told of
        self._so_far: dict[str, bytes] = {}
        self._pausing: set[str] = set()
        self._going: set[str] = set()  # to be forgotten as soon as they have stopped

    def open(self) -> None:
        """Go on with what an earlier server left."""
        self.supervisor.open()
        for id, stored in [*self.store.jobs.items()]:
            if stored.job.preview:
                self._forget(id)
            elif stored.job.state not in ("waiting", "running"):
                continue
            elif stored.starts >= self.limits.starts:
                self._end(id, "failed", error=BROKEN_OFF.format(stored.starts))
            else:
                self._queue.append(id)
                self._change(id, **UNDONE)
        self._next()

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
        """JPEG of a job that is being painted, or was painted last."""
        return self._so_far.get(id)

    def submit(self, wish: JobWish, keys: Mapping[str, Any]) -> Job:
        """Take a job; its pictures and keys are checked.

        Raises:
            HTTPException: If too many are waiting.
        """
        waiting = sum(s.job.state in OPEN for s in self.store.jobs.values())
        if waiting >= self.limits.waiting:
            raise too_many(f"{waiting} jobs are waiting; wait, or cancel some.")
        job = job_of(self.store, wish, keys)
        self.store.keep_job(StoredJob(job=job))
        self.changes.told(job.id)
        if job.preview:
            for other in self._siblings(job):
                if other.state in OPEN:
                    self._going.add(other.id)
                    self.supervisor.stop(other.id)
            self.supervisor.send(task_of(self.store, job))
        else:
            self._queue.append(job.id)
            self._next()
        return self.known(job.id)

    async def cancel(self, id: str) -> Job:
        """Stop a job for good.

        Raises:
            HTTPException: If it has ended.
        """
        job = self.known(id)
        if job.state in ENDED:
            raise conflict(f"The job is {job.state} already.")
        if job.state == "paused" or id in self._queue:
            self._leave_queue(id)
            self._end(id, "cancelled")
        else:
            self._pausing.discard(id)
            await self.supervisor.stopped(id)
        return self.known(id)

    async def pause(self, id: str) -> Job:
        """Stop a job; its state is kept.

        Raises:
            HTTPException: If it is a preview, or neither waits nor runs.
        """
        job = self.known(id)
        if job.preview or job.state not in ("waiting", "running"):
            what = "a preview" if job.preview else job.state
            raise conflict(f"The job is {what}; it cannot be paused.")
        if id in self._queue:
            self._leave_queue(id)
            self._change(id, state="paused", place=None)
        else:
            self._pausing.add(id)
            await self.supervisor.stopped(id)
        return self.known(id)

    def resume(self, id: str) -> Job:
        """Go on with a job, before those that wait.

        Raises:
            HTTPException: If it is not paused.
        """
        job = self.known(id)
        if job.state != "paused":
            raise conflict(f"The job is {job.state}, not paused.")
        self._queue.insert(0, id)
        self._change(id, **UNDONE)
        self._next()
        return self.known(id)

    async def delete(self, id: str) -> None:
        """Cancel a job if it has not ended, and forget it.

        Raises:
            HTTPException: If there is no such job.
        """
        if self.known(id).state not in ENDED:
            await self.cancel(id)
        self._forget(id)

    # What the supervisor tells

    def begun(self, id: str) -> None:
        """A job is being painted."""
        if stored := self.store.jobs.get(id):
            self._change(id, starts=stored.starts + 1, state="running", place=None)

    def stepped(self, report: Stepped) -> None:
        """A job has come further."""
        if report.image is not None:
            self._so_far[report.id] = report.image
        self._change(report.id, kept=False, **report.progress)

    def put_back(self, id: str) -> None:
        """A job goes on as soon as there is a worker again."""
        self._change(id, **UNDONE)

    def ended(self, outcome: Done | Failed | Stopped, seconds: float) -> None:
        """A job was stopped, is done, or cannot be done."""
        id = outcome.id
        pausing, going = id in self._pausing, id in self._going
        self._pausing.discard(id)
        self._going.discard(id)
        if (job := self.find(id)) is None:
            return
        taken = {"seconds": round((job.seconds or 0.0) + seconds, 3)}
        if going:
            self._forget(id)
        elif isinstance(outcome, Done):
            made = {name: outcome.result[name] for name in MADE}
            self._end(id, "done", done=1.0, **taken, **made)
        elif isinstance(outcome, Failed):
            self._end(id, "failed", error=sentence(outcome.reason), **taken)
        elif pausing:
            self._change(id, starts=0, **UNDONE | {"state": "paused"} | taken)
        else:
            self._end(id, "cancelled", **taken)
        self._next()

    def _next(self) -> None:
        """Give the worker the next final if it has none."""
        if self._queue and all(task.preview for task in self.supervisor.painting):
            self.supervisor.send(task_of(self.store, self.known(self._queue.pop(0))))
        for place, id in enumerate(self._queue, 1):
            if self.known(id).place != place:
                self._change(id, kept=False, place=place)

    def _leave_queue(self, id: str) -> None:
        if id in self._queue:
            self._queue.remove(id)
            self._next()

    def _siblings(self, job: Job) -> list[Job]:
        """Other previews of the same group."""
        jobs = [stored.job for stored in self.store.jobs.values()]
        alike = [j for j in jobs if j.preview and j.group == job.group]
        return [other for other in alike if other.id != job.id]

    def _end(
        self, id: str, state: Literal["done", "failed", "cancelled"], **fields: Any
    ) -> None:
        # A page may be about to ask for the picture that it was told of last.
        for other_id in [*self._so_far]:
            if other_id != id and self.known(other_id).state in ENDED:
                del self._so_far[other_id]
        self._change(id, state=state, place=None, seconds_left=None, **fields)
        job = self.known(id)
        if job.preview and state == "done":
            for other in self._siblings(job):
                if other.state in ENDED:
                    self._forget(other.id)

    def _change(
        self, id: str, *, kept: bool = True, starts: int | None = None, **fields: Any
    ) -> None:
        """Change a job, on disk as well unless it changes soon again."""
        if (stored := self.store.jobs.get(id)) is None:
            return
        stored = StoredJob(
            job=stored.job.model_copy(update=fields),
            starts=stored.starts if starts is None else starts,
        )
        if kept:
            self.store.keep_job(stored)
        self.store.jobs[id] = stored
        self.changes.told(id)

    def _forget(self, id: str) -> None:
        self._so_far.pop(id, None)
        self.store.forget("jobs", id)
        self.changes.told(id)
