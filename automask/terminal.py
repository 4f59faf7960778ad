"""What goes to standard error: errors in one line, warnings in plain words."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from automask.errors import one_line


def say_error(error: BaseException, about: str = "") -> None:
    """Print one line; AUTOMASK_DEBUG=1 puts the traceback before it."""
    show_traceback(error)
    print(f"automask: {about}{one_line(error)}", file=sys.stderr, flush=True)


def show_traceback(error: BaseException) -> None:
    """Print where an error comes from, if AUTOMASK_DEBUG=1 asks for that."""
    if os.environ.get("AUTOMASK_DEBUG") == "1":
        traceback.print_exception(error)


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Show what automask warns of, as plain lines; Hydra repeats its errors there."""
    logger = logging.getLogger("automask")
    if logger.handlers:  # an outer block shows them
        yield
        return
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("automask: warning: %(message)s"))
    logger.addHandler(handler)
    logging.getLogger("hydra").addHandler(logging.NullHandler())
    try:
        yield
    finally:
        logger.removeHandler(handler)
