"""What goes to the two streams: plain lines, whatever names and terminals hold."""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


def say(line: object, stream: TextIO | None = None) -> None:
    """Print a line in which nothing can steer a terminal."""
    print(shown(str(line)), file=stream or sys.stdout, flush=True)


def tell(line: str) -> None:
    """Print a line of the program's own to standard error."""
    say(f"automask: {line}", sys.stderr)


def say_place(place: object) -> None:
    """Print a file's name alone: as it is for a script, as it can be shown for us."""
    if sys.stdout.isatty():
        say(place)
    else:
        print(place, flush=True)


def shown(text: str) -> str:
    r"""The text with escapes for what is not to be seen: a newline is ``\n``."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def say_error(error: BaseException, about: str = "") -> None:
    """Print one line; AUTOMASK_DEBUG=1 puts the traceback before it."""
    from automask.io.errors import one_line  # late, for it loads Hydra

    show_traceback(error)
    tell(f"{about}{one_line(error)}")


def show_traceback(error: BaseException) -> None:
    """Print where an error comes from, if AUTOMASK_DEBUG=1 asks for that."""
    if os.environ.get("AUTOMASK_DEBUG") == "1":
        traceback.print_exception(error)


@contextmanager
def lenient_streams() -> Iterator[None]:
    """Let no work fail for what it prints.

    Letters that a stream does not know become escapes, and what nobody reads any more,
    as after ``| head -1``, goes nowhere.
    """
    before = sys.stdout, sys.stderr
    # A stream that was closed before the start is None.
    out, errors = (_Lenient(each or io.StringIO()) for each in before)
    sys.stdout, sys.stderr = out, errors
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Lenient:
    """A stream that always takes what it is given."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, with escapes if need be, or nowhere."""
        try:
            return int(self._stream.write(text))
        except UnicodeEncodeError:
            known = self._stream.encoding or "ascii"
            return self.write(text.encode(known, "backslashreplace").decode(known))
        except (OSError, ValueError):  # nobody reads, it is full, it is closed
            self._silence()
            return len(text)

    def flush(self) -> None:
        """Send on what was written, or nowhere."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._silence()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _silence(self) -> None:
        """Lead what is still to come, up to Python's own flush at the end, nowhere."""
        with suppress(OSError, ValueError, io.UnsupportedOperation):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Show what automask warns of, as plain lines; Hydra repeats its errors there."""
    logger = logging.getLogger("automask")
    if logger.handlers:  # an outer block shows them
        yield
        return
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Plain("automask: warning: %(message)s"))
    logger.addHandler(handler)
    logging.getLogger("hydra").addHandler(logging.NullHandler())
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return shown(super().format(record))
