"""From a command line to a server that answers, and its orderly end."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from automask.io.locks import let_go, tried
from automask.io.signals import last_acts
from automask.io.terminal import say, show

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")
HELP = """\
automask web opens a page to paint with, in the browser, served by this machine alone.

  automask web
  automask web --no-open --port 8000 --folder paintings/

  --no-open      print the address, and open no browser
  --port N       this port; without it a free one
  --folder DIR   where pictures and jobs are kept (~/.local/share/automask/web)
  --host H       listen on this address; other machines need the token that it prints

Exit code: 2 it cannot be served, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP;
jobs go on when it is started again."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see automask web --help")


def serve(words: Sequence[str]) -> int:
    """Serve the page until a signal ends it.

    Args:
        words: Of the command line.

    Raises:
        ValueError: If the words, the folder or the port cannot be used.
        OSError: If the folder cannot be written.
        KeyboardInterrupt: With the number of the signal that has ended it.
    """
    asked = _parsed(words)
    if asked.help:
        show(HELP)
        return 0
    folder = Path(asked.folder).expanduser() if asked.folder else usual_folder()
    with _alone_in(folder), _listening(asked.host, asked.port) as listener:
        token = "" if _is_loopback(asked.host) else secrets.token_urlsafe(24)
        _run(folder.absolute(), listener, asked.host, token, not asked.no_open)
    return 0


def usual_folder() -> Path:
    """Where pages keep their pictures if nothing else is said."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "automask" / "web"


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-open", action="store_true")
    parser.add_argument("--folder", default=None)
    asked = parser.parse_args(list(words))
    if not 0 <= asked.port <= 65535:
        raise ValueError(f"--port must be a number from 0 to 65535, got {asked.port}")
    return asked


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other servers out of the folder.

    Raises:
        ValueError: If another one is there.
        OSError: If it cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / ".automask-web.lock"
    if (lock := tried(file)) is None:
        raise ValueError(
            f"another page is open on '{folder}'; use that one, or choose another "
            "--folder"
        )
    last_acts.append(file.unlink)
    try:
        yield
    finally:
        last_acts.remove(file.unlink)
        let_go(lock)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on that address; port 0 takes a free one.

    Raises:
        ValueError: If there is no such address, or it is taken.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise ValueError(f"--host '{host}' is no address of this machine") from None
    with socket.socket(family, kind) as listener:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise ValueError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another "
                "--port, or leave it out"
            ) from None
        yield listener


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _run(
    folder: Path,
    listener: socket.socket,
    host: str,
    token: str,
    opens: bool,
) -> None:
    """Serve on the socket until a signal comes."""
    try:  # late, for they take a while to load
        from automask.web.app import Settings, application
        from automask.web.guards import names_of
        from automask.web.uvicorn_server import Server, configured
    except ImportError as error:
        raise ValueError(
            f"the page needs {error.name}; pip install fastapi uvicorn"
        ) from None
    port = listener.getsockname()[1]
    settings = Settings(folder, names_of(host, port), token)
    name = LOOPBACK if host in EVERYWHERE else host
    shown = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
    shown += f"?token={token}" if token else ""

    def ready() -> None:
        say(f"Page: {shown}")
        if opens:
            threading.Thread(target=webbrowser.open, args=(shown,), daemon=True).start()

    config = configured(application(settings), settings.limits)
    server = Server(config, ready, settings.changes.close)
    server.run(sockets=[listener])
    if server.stopped_by:
        raise KeyboardInterrupt(server.stopped_by)
