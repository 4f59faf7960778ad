"""The engine of a Ray cluster, for several machines."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from typing import Any

from automask.io.child_processes import followed
from automask.io.errors import one_line
from automask.io.offline import RAY, silence
from automask.io.signals import GOES_ON, stoppable
from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcome, Outcomes, Queue, Share, run_item

LOCAL: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
REACH = 10  # s to wait for a cluster's port
AHEAD = 2  # tasks handed over for each that can run, so that no worker waits for one


@dataclass(frozen=True)
class Ray:
    """Tasks on the machines of a cluster; all of them need automask and the same paths.

    Retries are counted here, for Ray's own never end when memory runs short.

    Args:
        address: ``auto`` for the cluster that this machine is part of, ``ray://…`` or
            ``host:port``; None: one of this machine alone, for as long as it takes.
        threads: And cores of each task; None: 1.
        gpus: Share of a GPU of each task, where the cluster has any.
        retries: Tries allowed after memory was short, or a worker or machine was lost.
    """

    address: str | None = None
    threads: int | None = None
    gpus: float = 1.0
    retries: int = 2

    def __call__(self, load: Load, items: Iterable[Item]) -> Outcomes:
        """An outcome of each item, as they are done."""
        work = Queue(items, self.retries)
        threads = self.threads or 1
        share = Share(threads, workers=max(1, (os.cpu_count() or 1) // threads))
        with _connected(self.address) as ray:
            needs = self._needs(ray.cluster_resources())
            task = ray.remote(run_item).options(**needs, max_retries=0)
            given = ray.put(load)  # once for all: it may hold many configurations
            running: dict[Any, tuple[Item, int]] = {}
            while work.waiting or running:
                slots = _slots(ray.cluster_resources(), needs)
                while work.waiting and len(running) < AHEAD * slots:
                    item, tries = work.waiting.popleft()
                    running[task.remote(given, share, item)] = item, tries
                for reference in ray.wait(list(running), timeout=10)[0]:
                    item, tries = running.pop(reference)
                    outcome = _outcome(ray, reference, item)
                    if work.settled(outcome, tries):
                        yield outcome

    def _needs(self, resources: dict[str, float]) -> dict[str, float]:
        if resources.get("GPU"):
            return {"num_cpus": self.threads or 1, "num_gpus": self.gpus}
        return {"num_cpus": self.threads or 1}


def _slots(resources: dict[str, float], needs: dict[str, float]) -> int:
    """How many tasks the cluster can run at once; 1 while it has no room at all."""
    room = resources.get("CPU", 0) / needs["num_cpus"]
    if needs.get("num_gpus"):
        room = min(room, resources.get("GPU", 0) / needs["num_gpus"])
    return max(1, int(room))


def _outcome(ray: Any, reference: Any, item: Item) -> Outcome:
    try:
        outcome: Outcome = ray.get(reference)
        return outcome
    except ray.exceptions.RayTaskError as error:  # automask is not there, say
        return Outcome(item, one_line(error.cause or error), hopeless=True)
    except ray.exceptions.RayError as error:
        kind = type(error).__name__
        return Outcome(item, f"its worker or machine was lost ({kind})", again=True)


@contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Ray with a connection, which ends with the block unless it was there before.

    Raises:
        ValueError: If Ray is not installed, or there is no cluster.
    """
    # These are read when it is imported: report nothing home, leave GPUs to torch.
    silence(RAY)
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise ValueError(
            "engine=ray needs Ray: pip install 'automask[cluster]'"
        ) from None
    if ray.is_initialized():
        yield ray
        return
    with followed() if address is None else nullcontext():
        _join(ray, address)
        with _hushed():
            try:
                with stoppable(GOES_ON):  # Ray has put a handler of its own for SIGTERM
                    yield ray
            finally:
                ray.shutdown()


def _join(ray: Any, address: str | None) -> None:
    """Connect, or start a cluster of this machine alone.

    Raises:
        ValueError: If there is no cluster.
    """
    try:
        _reach(address)
        ray.init(
            address or "local",
            **(LOCAL if address is None else {}),
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except OSError as error:
        raise ValueError(
            f"no Ray cluster at address={address}: {error}; start one with "
            "'ray start --head', or leave address out"
        ) from None


def _reach(address: str | None) -> None:
    """Raise OSError where nobody listens; Ray itself would try for minutes."""
    if found := re.fullmatch(r"([^:/]+):(\d+)", address or ""):
        socket.create_connection((found[1], int(found[2])), REACH).close()


@contextmanager
def _hushed() -> Iterator[None]:
    """Without what Ray says of workers that die, unless AUTOMASK_DEBUG=1."""
    if os.environ.get("AUTOMASK_DEBUG") == "1":
        yield
        return
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield
