"""Automatic soft masks for semantic style transfer, and the programs around them."""

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automask.api import Cancelled, Painting, Step, find_masks, paint

__all__ = ["Cancelled", "Painting", "Step", "find_masks", "paint"]
__version__ = "0.1.0"
PROGRAMS = ("automask", "automask-batch")

# How often OpenMP's threads look before they sleep: long enough for a run alone, and
# two at once do not hold each other up. It is read as torch is loaded.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")


def _is_program() -> bool:
    """Whether this process is one of automask's programs, not one that imports it."""
    name, words = os.path.basename(sys.argv[0]), sys.orig_argv
    if name == "-m" in words:  # as long as Python looks for the module
        return words[words.index(name) + 1].partition(".")[0] == "automask"
    return name.removesuffix(".exe") in PROGRAMS


if _is_program():  # they hear signals before anything else is loaded
    try:
        from automask.io import signals

        signals.end_at_once()
    except KeyboardInterrupt:
        os.write(2, b"automask: stopped; nothing half-done is left\n")
        os._exit(130)


def __getattr__(name: str) -> Any:
    """What Python programs use is loaded once it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'automask' has no attribute '{name}'")
    from automask import api

    return getattr(api, name)
