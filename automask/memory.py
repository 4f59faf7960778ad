"""Give memory back to the system that a process has freed but still holds."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from torch import Tensor

from stylize import Step

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
