"""The worker's process as the server sees it: started, told, heard, killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from automask.io.signals import inherited_deafness
from automask.web.tasks import Report, Stop, Task
from automask.web.worker import serve

SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """One process; what it says is heard in the event loop that has started it.

    Args:
        hear: Called with each report.
        bury: Called with a cause once the process has died of itself.
    """

    def __init__(
        self, hear: Callable[[Report], None], bury: Callable[[str], None]
    ) -> None:
        self.hear, self.bury = hear, bury
        self._loop = asyncio.get_running_loop()
        self._pipe, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=serve, args=(theirs,), daemon=True)
        with inherited_deafness():
            self._process.start()
        theirs.close()  # so that its death closes the pipe
        arguments = (self._pipe, self._process)
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()
        self._ended = False

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    def tell(self, told: Task | Stop) -> None:
        """Send it something; of a process that has just died ``bury`` is told."""
        with suppress(OSError):
            self._pipe.send(told)

    def kill(self) -> None:
        """End it; nothing is heard of it any more."""
        self._ended = True
        self._process.kill()
        self._process.join()

    def _listen(self, pipe: Connection, process: BaseProcess) -> None:
        with suppress(EOFError, OSError, RuntimeError):  # the loop may be closed
            while True:
                self._loop.call_soon_threadsafe(self._heard, pipe.recv())
        process.join()
        code = process.exitcode or 0
        death = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._died, death)

    def _heard(self, report: Report) -> None:
        if not self._ended:
            self.hear(report)

    def _died(self, death: str) -> None:
        if not self._ended:
            self._ended = True
            self.bury(death)
