"""Memory: what this process holds, what the machine has left, and giving back."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

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
    """Memory that this process holds now, MiB; at most so much where none can say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak()
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE


def peak() -> float:
    """Most memory that this process has held so far, MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE


def available() -> float:
    """Memory that the machine could still give, MiB; infinite where none can say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        (kibibytes,) = (n.split()[1] for n in lines if n.startswith("MemAvailable:"))
    except (OSError, ValueError):
        return _physical()
    return int(kibibytes) / 1024


def _physical() -> float:
    """All memory of the machine, MiB."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return float("inf")
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE
