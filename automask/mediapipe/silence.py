"""MediaPipe imported late, and run without its log chatter."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from automask.io.quiet import quiet_stderr


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the log and the deprecation notice that each MediaPipe run emits."""
    with quiet_stderr(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="google.protobuf")
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        yield


@contextmanager
def without_pyplot() -> Iterator[None]:
    """Keep MediaPipe from loading matplotlib, which only its drawing aids use.

    That takes longer than finding the masks of a small picture.
    """
    names = [n for n in ("matplotlib", "matplotlib.pyplot") if n not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in names})
    if "matplotlib" in names:
        sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
