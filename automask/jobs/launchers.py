"""Hydra's launchers: is the chosen one installed, and how many threads has a job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec

from automask.io import offline
from automask.io.child_processes import followed
from automask.io.offline import silence

EXTRAS = {
    "joblib": ("hydra_joblib_launcher", "joblib", "sweep"),
    "submitit_local": ("hydra_submitit_launcher", "submitit", "sweep"),
    "submitit_slurm": ("hydra_submitit_launcher", "submitit", "sweep"),
    "ray": ("hydra_ray_launcher", "ray", "cluster"),
}
"""Packages that a launcher needs, and the extra of automask that brings them."""

ALONE = ("basic", "submitit_slurm")  # that start no processes on this machine
KNOWN = ("basic", *EXTRAS)
KEY, BATCH = "hydra/launcher", "hydra.sweeper.max_batch_size"
RAY = "hydra.launcher.ray.init"


def chosen(overrides: Sequence[str]) -> str:
    """Name of the launcher.

    Raises:
        ValueError: If what it needs is not installed.
    """
    name = _value(overrides, KEY) or "basic"
    plugin, package, extra = EXTRAS.get(name, ("", "", ""))
    if plugin and not (_installed(f"hydra_plugins.{plugin}") and _installed(package)):
        raise ValueError(f"{KEY}={name} needs more: pip install 'automask[{extra}]'")
    return name


def settings(launcher: str, overrides: Sequence[str]) -> list[str]:
    """Overrides that the launcher wants beyond those given."""
    wanted: dict[str, object] = {}
    if launcher == "submitit_local":
        wanted[BATCH] = cores()  # it starts all jobs of a batch at once
    elif launcher == "ray":
        address = _value(overrides, f"{RAY}.address") or os.environ.get("RAY_ADDRESS")
        joins = address not in (None, "null", "local")
        wanted = {f"{RAY}.log_to_driver": "false", f"{RAY}.logging_level": "error"}
        if joins:  # that cluster has its memory already; the launcher would set it
            wanted[f"{RAY}.object_store_memory"] = "null"
        else:
            wanted[f"{RAY}.address"] = "local"  # not any cluster that runs here
            wanted[f"{RAY}._node_ip_address"] = "127.0.0.1"  # for nobody else
            wanted[f"{RAY}.include_dashboard"] = "false"
    return [
        f"++{key}={value}"
        for key, value in wanted.items()
        if _value(overrides, key) in (None, "null")
    ]


@contextmanager
def prepared(launcher: str) -> Iterator[None]:
    """Have processes of this machine end with this one, and Ray not abort it.

    Nor is it to report home.
    """
    if launcher == "ray":
        silence(offline.RAY)
        os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")
    with nullcontext() if launcher in ALONE else followed():
        yield


def threads(launcher: str, overrides: Sequence[str], cells: int) -> int | None:
    """Threads that torch may take in each job; None where that is well already.

    Joblib and Ray see to it themselves, a cluster's queue too.
    """
    if launcher != "submitit_local" or "OMP_NUM_THREADS" in os.environ:
        return None
    batch = _value(overrides, BATCH) or ""
    at_once = min(cells, int(batch) if batch.isdigit() else cells)
    return max(1, cores() // at_once)


def cores() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _value(overrides: Sequence[str], key: str) -> str | None:
    for line in overrides:
        name, _, value = line.partition("=")
        if name.lstrip("+") == key:
            return value
    return None


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a parent package
        return False
