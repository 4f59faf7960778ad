"""Uvicorn's server, told by our signals, and patient with nobody."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from automask.io.signals import SIGNALS
from automask.web.limits import Limits

HEAD_SECONDS = 15.0  # within which the head of the first request must have come


class Protocol(H11Protocol):
    """Hangs up on who connects and does not ask."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def configured(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    """How uvicorn serves the application: HTTP alone, bounded, and quietly."""
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=1,
        limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=limits.header_bytes,
    )


class Server(uvicorn.Server):
    """One that says when it is ready, and ends on each of our signals.

    Args:
        config: Of uvicorn.
        ready: Called once it answers.
        closing: Called as it begins to end.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        closing: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.ready, self.closing = ready, closing
        self.stopped_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams end first: they would never end of themselves."""
        self.closing()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Note the first signal; the second ends the server at once."""

        def stop(number: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit
            self.should_exit, self.stopped_by = True, self.stopped_by or number

        heard = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
        before = {number: signal.signal(number, stop) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
