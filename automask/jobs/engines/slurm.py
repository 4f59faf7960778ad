"""The engine of a Slurm cluster: a job of its own for each item."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from automask.io.folders import hidden_folder
from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcome, Outcomes, Queue, Share, run_item

INTERVAL = 1.0  # s between two looks at the jobs
WORD = re.compile(r"[\w.-]+", re.ASCII)  # that a line of a job's script may hold


@dataclass(frozen=True)
class Slurm:
    """Jobs in Slurm's queue, by submitit; all nodes need automask and the same paths.

    Args:
        partition: That they are sent to; None: the cluster's own choice.
        minutes: That a job may take.
        threads: And cores of each; None: 1.
        gpus: Of each.
        gigabytes: Of memory of each.
        at_once: Jobs in the queue at a time.
        retries: Tries allowed after memory was short, or a job was lost.
        cluster: slurm, or local: processes of this machine, to try it out.
    """

    partition: str | None = None
    minutes: int = 60
    threads: int | None = None
    gpus: int = 0
    gigabytes: int = 4
    at_once: int = 100
    retries: int = 1
    cluster: str = "slurm"

    def __post_init__(self) -> None:
        if self.partition is not None and not WORD.fullmatch(self.partition):
            raise ValueError(f"partition must be one word, got '{self.partition}'")
        if self.at_once < 1:
            raise ValueError(f"at_once must be an integer >= 1, got {self.at_once}")

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they are done."""
        work, share = Queue(items, self.retries), Share(self.threads or 1)
        running: dict[Any, tuple[Item, int]] = {}
        with hidden_folder(Path.cwd()) as folder:  # that the nodes see, too
            executor = self._executor(folder)
            try:
                while work.waiting or running:
                    while work.waiting and len(running) < self.at_once:
                        item, tries = work.waiting.popleft()
                        job = executor.submit(run_item, load, share, item)
                        running[job] = item, tries
                    sleep(INTERVAL)
                    for job in [job for job in running if job.done()]:
                        item, tries = running.pop(job)
                        outcome = _outcome(job, item)
                        if work.settled(outcome, tries):
                            yield outcome
            finally:
                for job in running:
                    job.cancel()

    def _executor(self, folder: Path) -> Any:
        """What hands jobs to Slurm.

        Raises:
            ValueError: If submitit is not installed, or Slurm is not there.
        """
        try:
            import submitit

            executor = submitit.AutoExecutor(folder=folder, cluster=self.cluster)
        except ImportError:
            raise ValueError(
                "engine=slurm needs submitit: pip install 'automask[cluster]'"
            ) from None
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"engine=slurm finds no cluster: {error}") from None
        executor.update_parameters(
            timeout_min=self.minutes,
            cpus_per_task=self.threads or 1,
            gpus_per_node=self.gpus,
            mem_gb=self.gigabytes,
            slurm_partition=self.partition,
        )
        return executor


def _outcome(job: Any, item: Item) -> Outcome:
    try:
        outcome: Outcome = job.result()
        return outcome
    except Exception as error:  # submitit's have no common base
        reason = f"its job was lost ({type(error).__name__})"
        return Outcome(item, reason, again=True)
