"""A worker process: one item at a time, started anew when it was killed.

Unlike concurrent.futures, whose whole pool breaks when one process dies, each worker is
known by what it is at: that item is blamed, and the others never notice. Processes are
spawned, for forked ones break what MediaPipe has set up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from automask.io.signals import deaf, inherited_deafness
from automask.jobs.items import Item
from automask.jobs.outcome import Load, Outcome, Share, attempt

KILLED = "its worker was killed, perhaps for want of memory"
SPAWN = multiprocessing.get_context("spawn")


class Worker:
    """A process with a share of the machine.

    Args:
        load: Builds its job.
        share: What it may use.
    """

    def __init__(self, load: Load, share: Share) -> None:
        self.load, self.share = load, share
        self.task: tuple[Item, int] | None = None  # and how often it was tried
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pipe(self) -> Connection:
        """Ready to be read once the task has come to an end, one way or another."""
        assert self._pipe is not None
        return self._pipe

    def begin(self, item: Item, tries: int) -> None:
        """Set it to work."""
        if self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self.task = item, tries
        try:
            self.pipe.send(item)
        except OSError:
            pass  # it died this moment: finish() sees that

    def finish(self) -> tuple[Outcome, int]:
        """What became of its task, and how often that had been tried before."""
        assert self.task is not None and self._process is not None
        (item, tries), self.task = self.task, None
        try:
            return self.pipe.recv(), tries
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode or 0
            self.end()
            return Outcome(item, f"{KILLED} ({_death(code)})", again=True), tries

    def end(self) -> None:
        """Kill the process; what it was at is left undone."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self.pipe.close()
        self._process = self._pipe = None

    def _start(self) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        arguments = (theirs, self.load, self.share)
        self._process = SPAWN.Process(target=_serve, args=arguments, daemon=True)
        with inherited_deafness():
            self._process.start()
        theirs.close()  # so that its death closes the pipe


def _serve(pipe: Connection, load: Load, share: Share) -> None:
    """A worker's life."""
    if share.threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(share.threads)  # read as torch is loaded
    deaf()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        pipe.send(attempt(load, share, item))


def _die_with_parent() -> None:
    """Let no orphan go on painting while another batch begins."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _death(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
