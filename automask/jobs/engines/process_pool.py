"""The engine of several processes on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from automask.io.memory import available
from automask.jobs.engines.process_worker import Worker
from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcomes, Share, queue

WORKER_MIB = 1536  # that a worker may take at 512 px, with room to spare


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
        work = queue(items, self.retries)
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
