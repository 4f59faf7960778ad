"""Memory: what this process holds, what the machine has left, and giving back."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

resource: ModuleType | None
try:
    import resource
except ImportError:  # as on Windows
    resource = None

MEBIBYTE = 2**20
DONT_NEED = 4  # Linux' number of that advice
MMAP_THRESHOLD = -3  # glibc's number of that option


def release_memory() -> None:
    """Let glibc return what it keeps for later; other systems do so by themselves."""
    if (trim := _glibc("malloc_trim")) is not None:
        trim(0)


def return_blocks(mebibytes: float) -> None:
    """Let glibc return each block from that size on as soon as it is freed.

    By itself it does so from 32 MiB on, or less, depending on what was freed before.
    """
    if (option := _glibc("mallopt")) is not None:
        option(MMAP_THRESHOLD, int(mebibytes * MEBIBYTE))


def release_code() -> None:
    """Let the system take back pages of the libraries' files until they are used again.

    Importing torch touches hundreds of MiB of its libraries, most of it for GPUs. Only
    pages go that are as they are in the file and that this process may not write; the
    system takes the same ones when it is short of memory.
    """
    if (advise := _glibc("madvise")) is None:
        return
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with suppress(OSError):
        for start, end in unchanged(Path("/proc/self/smaps").read_text()):
            advise(start, end - start, DONT_NEED)


def unchanged(smaps: str) -> Iterator[tuple[int, int]]:
    """First and last address of each part of a file that is mapped to be read only.

    Args:
        smaps: As Linux describes a process's memory. Parts that were written to, if
            only by the loader, are left out.
    """
    parts = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps, flags=re.MULTILINE)
    for part in parts[1:]:
        addresses, rights, _, _, inode, *_ = part.split(maxsplit=5)
        own = re.search(r"^Anonymous: +0 kB", part, re.MULTILINE) is None
        if inode != "0" and rights in ("r--p", "r-xp") and not own:
            start, end = (int(each, 16) for each in addresses.split("-"))
            yield start, end


def _glibc(name: str) -> Any:
    """A function of Linux' C library; None where there is none of that name."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), name, None)


def resident() -> float:
    """Memory that this process holds now, MiB."""
    held = _linux("/proc/self/status", "VmRSS")
    return _psutil().Process().memory_info().rss / MEBIBYTE if held is None else held


def peak() -> float:
    """Most memory that this process has held so far, MiB."""
    if resource is not None:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return float(most * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE)
    held = _linux("/proc/self/status", "VmHWM")
    if held is None:
        held = _psutil().Process().memory_info().peak_wset / MEBIBYTE
    return held


def available() -> float:
    """Memory that the machine could still give, MiB."""
    left = _linux("/proc/meminfo", "MemAvailable")
    if left is None:
        return float(_psutil().virtual_memory().available / MEBIBYTE)
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


def _linux(file: str, name: str) -> float | None:
    """A figure that Linux tells in a file, MiB; None where it does not."""
    with suppress(OSError, ValueError):
        for line in Path(file).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return None


def _psutil() -> Any:
    """What asks other systems."""
    import psutil

    return psutil
