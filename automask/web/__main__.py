"""A page to paint with, on this machine: the server's entry point.

python -m automask.web
python -m automask.web --no-open --port 8000 --folder paintings/
"""

from __future__ import annotations

from functools import partial

from automask.cli.program import outcome, whole_process

STOPPED = "stopped; the page's jobs go on when it is started again"


def main() -> int:
    """Serve the page until a signal ends it.

    Returns:
        2 with one line if it cannot be served; 130 after Ctrl-C, 143 after SIGTERM, 129
        after SIGHUP.
    """
    return outcome(_run, STOPPED)


program = partial(whole_process, main)


def _run(words: list[str]) -> int:
    from automask.web.server import serve

    return serve(words)


if __name__ == "__main__":
    program()
