"""What goes to the two streams: plain lines, whatever names and terminals hold."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO, TextIOWrapper
from typing import TextIO


def say(line: object, stream: TextIO | None = None) -> None:
    """Print a line in which nothing can steer a terminal."""
    show(shown(str(line)), stream)


def tell(line: str) -> None:
    """Print a line of the program's own to standard error."""
    say(f"automask: {line}", sys.stderr)


def say_place(place: object) -> None:
    """Print a file's name alone: as it is for a script, as it can be shown for us."""
    if sys.stdout.isatty():
        say(place)
    else:
        show(str(place))


def show(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print text as it is; nowhere if nobody reads it any more, or the disk is full."""
    stream = stream or sys.stdout
    try:
        print(text, file=stream, end=end, flush=True)
    except (OSError, ValueError):  # ValueError: it is closed
        _lead_nowhere(stream)


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
    as after ``| head -1``, goes nowhere, also what libraries print.
    """
    sys.stdout, sys.stderr = (  # one that was closed before the start is None
        each or StringIO() for each in (sys.stdout, sys.stderr)
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                _lead_nowhere(stream)


def _lead_nowhere(stream: TextIO) -> None:
    """Drop what is still to come, up to Python's own flush at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Show what automask warns of, as plain lines; Hydra repeats its errors there."""
    logger = logging.getLogger("automask")
    if logger.handlers:  # an outer block shows them
        yield
        return
    handler = _Told(logging.WARNING)
    logger.addHandler(handler)
    logging.getLogger("hydra").addHandler(logging.NullHandler())
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """What automask warns of, kept for the record: a thousand lines help nobody."""
    lines: list[str] = []
    kept = logging.Handler(logging.WARNING)
    kept.emit = lambda record: lines.append(record.getMessage())  # type: ignore
    logger = logging.getLogger("automask")
    others, logger.handlers = logger.handlers, [kept]
    try:
        yield lines
    finally:
        logger.handlers = others


class _Told(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(f"warning: {record.getMessage()}")
