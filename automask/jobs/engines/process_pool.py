"""The engine of several processes on this machine.

Unlike concurrent.futures, whose whole pool breaks when one process dies, each worker is
known by what it is at: that item is blamed, and the others never notice. Processes are
spawned, for forked ones break what MediaPipe has set up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from automask.io.child_processes import end_with_parent
from automask.io.memory import available
from automask.io.signals import deaf, inherited_deafness
from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcome, Outcomes, Queue, Share, run_item

WORKER_MIB = 1536  # that a worker may take at 512 px, with room to spare
KILLED = "its worker was killed, perhaps for want of memory"
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Pool:
    """Worker processes, each with models of its own.

    Args:
        workers: How many; None: as many as there are cores and memory for.
        threads: Of each; None: the cores shared out among the workers.
        per_gpu: Workers for each NVIDIA GPU where ``workers`` is None.
        retries: Tries allowed after memory was short or a worker was killed.
    """

    workers: int | None = None
    threads: int | None = None
    per_gpu: int = 2
    retries: int = 1

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they are done."""
        work = Queue(items, self.retries)
        most = self.workers or self.per_gpu * gpus() or None
        count, threads = shared_out(most, self.threads, len(work.waiting))
        shares = [Share(threads, number, workers=count) for number in range(count)]
        workers = [Worker(load, share) for share in shares]
        try:
            while True:
                for worker in workers:
                    if worker.task is None and work.waiting:
                        worker.begin(*work.waiting.popleft())
                busy = {worker.pipe: worker for worker in workers if worker.task}
                if not busy:
                    return
                for pipe in wait(list(busy)):
                    outcome, tries = busy[pipe].finish()  # type: ignore[index]
                    if work.settled(outcome, tries):
                        yield outcome
        finally:
            for worker in workers:
                worker.end()


def shared_out(workers: int | None, threads: int | None, items: int) -> tuple[int, int]:
    """Workers, and threads of each, for that many items.

    One thread a worker makes the most pictures of a core (docs/batches.md), as long as
    there are items and memory for as many workers.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    if workers is None:
        room = max(1, int(available() // WORKER_MIB))
        workers = min(max(1, cores // (threads or 1)), room)
    workers = max(1, min(workers, items))
    return workers, threads or max(1, cores // workers)


def gpus() -> int:
    """NVIDIA's GPUs, asked of the driver, for this process does without torch."""
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


class Worker:
    """A process with a share of the machine, started anew when it was killed.

    Args:
        load: Builds its job.
        share: What it may use.
    """

    def __init__(self, load: Load, share: Share) -> None:
        self.load, self.share = load, share
        self.task: tuple[Item, int] | None = None  # and how often it was tried
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pipe(self) -> Connection:
        """Ready to be read once the task has come to an end, one way or another."""
        assert self._pipe is not None
        return self._pipe

    def begin(self, item: Item, tries: int) -> None:
        """Set it to work."""
        if self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self.task = item, tries
        try:
            self.pipe.send(item)
        except OSError:
            pass  # it died this moment: finish() sees that

    def finish(self) -> tuple[Outcome, int]:
        """What became of its task, and how often that had been tried before."""
        assert self.task is not None and self._process is not None
        (item, tries), self.task = self.task, None
        try:
            return self.pipe.recv(), tries
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode or 0
            self.end()
            death = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return Outcome(item, f"{KILLED} ({death})", again=True), tries

    def end(self) -> None:
        """Kill the process; what it was at is left undone."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self.pipe.close()
        self._process = self._pipe = None

    def _start(self) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        arguments = (theirs, self.load, self.share)
        self._process = SPAWN.Process(target=_serve, args=arguments, daemon=True)
        with inherited_deafness():
            self._process.start()
        theirs.close()  # so that its death closes the pipe


def _serve(pipe: Connection, load: Load, share: Share) -> None:
    """A worker's life."""
    if share.threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(share.threads)  # read as torch is loaded
    deaf()
    end_with_parent()
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        pipe.send(run_item(load, share, item))
