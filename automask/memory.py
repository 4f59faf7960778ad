"""Memory: what this process holds, what the machine has left, and giving back."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from stylize import Step

MEBIBYTE = 2**20
LARGE = 2**19  # px of a picture from which it is worth the milliseconds


def release_memory() -> None:
    """Let glibc return what it keeps for later; other systems do so by themselves."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def releasing(
    on_step: Callable[[Step], None] | None, image: Tensor
) -> Callable[[Step], None] | None:
    """``on_step``, and for a large picture memory is released after each step.

    Args:
        on_step: What is called after each step.
        image: (1, 3, H, W) to be painted.
    """
    if image[0, 0].numel() < LARGE:
        return on_step

    def step(report: Step) -> None:
        release_memory()
        if on_step is not None:
            on_step(report)

    return step


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
