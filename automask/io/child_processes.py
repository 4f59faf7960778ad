"""Processes that libraries start for this one end with it if it is killed.

Ray's helpers, for one, outlive a driver that is killed. A small process beside this one
notes who its children are, and kills those that are left once this one is gone:

python -m automask.io.child_processes
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

INTERVAL = 0.5  # s between looks at who is there


@contextmanager
def followed() -> Iterator[None]:
    """Have whoever is started within the block killed if this process dies in it."""
    words = [sys.executable, "-m", __name__]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def end_with_parent() -> None:
    """Have this process, which multiprocessing has started, end with its parent."""
    threading.Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def follow(pid: int) -> None:
    """Wait for the end of standard input, with that process, and kill what it left."""
    import psutil  # here, so that only this process needs it

    ended = threading.Event()
    threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    parent, seen = psutil.Process(pid), set()
    while not ended.wait(INTERVAL):
        with suppress(psutil.Error):
            seen |= set(parent.children(recursive=True))
    for process in seen - {psutil.Process()}:
        with suppress(psutil.Error):  # of a process that has ended; numbers are reused
            process.kill()


def _await_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    with suppress(ImportError):  # without it nobody is followed
        follow(os.getppid())
