"""Memory: what this process holds, what the machine has left, and giving back."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from math import inf
from pathlib import Path
from types import ModuleType

import psutil

resource: ModuleType | None
try:
    import resource
except ImportError:  # as on Windows
    resource = None

MEBIBYTE = 2**20
MMAP_THRESHOLD = -3  # glibc's number of that option
BLOCK = 16  # MiB; by itself glibc comes to keep blocks of up to 32


def release_memory() -> None:
    """Let glibc return what it keeps for later, and from now on large blocks at once.

    Other systems do so by themselves.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # of another C library
            glibc = ctypes.CDLL(None)
            glibc.mallopt(MMAP_THRESHOLD, BLOCK * MEBIBYTE)
            glibc.malloc_trim(0)


def resident() -> float:
    """Memory that this process holds now, MiB."""
    return float(psutil.Process().memory_info().rss / MEBIBYTE)


def peak() -> float:
    """Most memory that this process has held so far, MiB."""
    with suppress(OSError, IndexError):  # getrusage counts what the parent held, too
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    if resource is None:
        held = psutil.Process().memory_info()
        return float(getattr(held, "peak_wset", held.rss) / MEBIBYTE)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE)


def available() -> float:
    """Memory that the machine, or the container, could still give, MiB."""
    left = float(psutil.virtual_memory().available / MEBIBYTE)
    return min(left, group_left(Path("/sys/fs/cgroup")))


def group_left(groups: Path) -> float:
    """What a container's limit leaves (Linux' cgroup v2), MiB; inf without one."""
    with suppress(OSError, ValueError):
        own = Path("/proc/self/cgroup").read_text().rpartition("0::")[2].strip()
        folder = groups / own.lstrip("/")
        limit = int((folder / "memory.max").read_text())  # "max" where there is none
        stat = (folder / "memory.stat").read_text().splitlines()
        held = next(int(line[5:]) for line in stat if line.startswith("anon "))
        return max(0.0, (limit - held) / MEBIBYTE)
    return inf
