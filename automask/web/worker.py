"""The process that finds masks and paints, one thing inside the other.

A picture that is being painted is held in its step while something more urgent is done:
masks that somebody waits for go before previews, and these before finals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from time import perf_counter
from typing import TYPE_CHECKING, Any

from automask.io.child_processes import end_with_parent
from automask.io.signals import deaf
from automask.web.tasks import (
    Begun,
    Done,
    Failed,
    Paint,
    Report,
    Stepped,
    Stop,
    Stopped,
    Task,
    WarmUp,
    without_paths,
)

if TYPE_CHECKING:
    from automask.api import Step

NICE = 5  # so that the server answers meanwhile
PROGRESS = 0.1  # s from one report of a step to the next
IMAGES = 0.25  # s likewise, with the picture so far
SHARE = 0.1  # of the time that making these may take
SHOWN = 1024  # px of their longer side


def serve(pipe: Connection) -> None:
    """The worker's life: warm up, then do what the pipe says till the server ends."""
    deaf()
    end_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICE)
    worker = Worker(pipe)
    worker.take(WarmUp())
    try:
        while True:
            worker.attend()
            worker.wait()
    except (EOFError, OSError):  # the server has closed the pipe
        return


class Cut(Exception):
    """The task was told to stop."""


class Worker:
    """Tasks by their rank, and which of them is at work.

    Args:
        pipe: To the server.
    """

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self._waiting: list[Task] = []
        self._at_work: list[str] = []
        self._stopped: set[str] = set()

    def wait(self) -> None:
        """Till the server says something."""
        self.take(self.pipe.recv())

    def take(self, told: Task | Stop) -> None:
        """Put a task with those that wait, or mark one as stopped."""
        if not isinstance(told, Stop):
            self._waiting.append(told)
        elif told.id in self._at_work:
            self._stopped.add(told.id)
        else:
            left = [task for task in self._waiting if task.id != told.id]
            if len(left) < len(self._waiting):
                self._waiting = left
                self.pipe.send(Stopped(told.id))

    def attend(self, rank: int | None = None) -> None:
        """Do all tasks of a higher rank, the highest first; None: all there are."""
        while True:
            while self.pipe.poll():
                self.wait()
            urgent = [t for t in self._waiting if rank is None or t.rank > rank]
            if not urgent:
                return
            task = max(urgent, key=lambda each: each.rank)
            self._waiting.remove(task)
            self._do(task)

    def _do(self, task: Task) -> None:
        self._at_work.append(task.id)
        self.pipe.send(Begun(task.id))
        self.pipe.send(self._outcome(task))
        self._at_work.pop()
        self._stopped.discard(task.id)

    def _outcome(self, task: Task) -> Report:
        # Late: the process listens before torch is loaded.
        from automask.io.errors import one_line
        from automask.io.terminal import show_traceback
        from automask.web import work

        try:
            return Done(task.id, work.done(task, self._watch(task)))
        except Cut:
            return Stopped(task.id)
        except Exception as error:
            if not isinstance(error, ValueError):  # its sentence tells all
                show_traceback(error)
            return Failed(task.id, without_paths(task, one_line(error)))

    def _watch(self, task: Task) -> Callable[[Step], None]:
        """What is called after each step of a task."""
        if not isinstance(task, Paint):
            return lambda step: self._look(task)
        watch = Watch(task.id)

        def on_step(step: Step) -> None:
            begun = perf_counter()
            self._look(task)
            watch.begun += perf_counter() - begun  # it was held
            report = watch.report(step)
            if report is not None:
                self.pipe.send(report)

        return on_step

    def _look(self, task: Task) -> None:
        """Do what is more urgent; raise if this task is to stop."""
        self.attend(task.rank)
        if task.id in self._stopped:
            raise Cut


class Watch:
    """Reports of a job's steps, not too many.

    Args:
        id: Of the job.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.begun = perf_counter()
        self._share: float | None = None  # done at the first step, after a pause
        self._told = self._shown = 0.0
        self._pause = IMAGES
        self._images = 0

    def report(self, step: Step) -> Stepped | None:
        """A report, if the last one is old enough."""
        now = perf_counter()
        if self._share is None:
            self.begun, self._share = now, step.done
        if now - self._told < PROGRESS and step.done < 1:
            return None
        self._told, image = now, None
        if now - self._shown >= self._pause:
            image = _jpeg(step)
            self._shown, self._images = perf_counter(), self._images + 1
            self._pause = max(IMAGES, (self._shown - now) / SHARE)
        return Stepped(self.id, self._progress(step, now), image)

    def _progress(self, step: Step, now: float) -> Mapping[str, Any]:
        gained = step.done - (self._share or 0.0)
        left = (1 - step.done) * (now - self.begun) / gained if gained > 0 else None
        return {
            "done": step.done,
            "level": step.level + 1,
            "levels": step.levels,
            "iteration": step.iteration,
            "iterations": step.iterations,
            "seconds_left": left,
            "step": self._images,
        }


def _jpeg(step: Step) -> bytes:
    """The picture so far."""
    from io import BytesIO

    file, image = BytesIO(), step.image
    image.thumbnail((SHOWN, SHOWN))
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
