"""What is around the work of every program: streams, signals, exit codes.

Light to import, as are the programs: from the first line on they hear signals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from automask.io.signals import STOPPED, deaf, exit_code, stoppable, uninterrupted
from automask.io.terminal import lenient_streams, say_error, tell, warnings_on_stderr


def outcome(work: Callable[[list[str]], int], stopped: str = STOPPED) -> int:
    """Do what the command line says, and print one line if that cannot be.

    Args:
        work: From the words to an exit code.
        stopped: The line after a signal, without the program's name.

    Returns:
        The work's exit code; 2 after an error, 130 after Ctrl-C, 143 after SIGTERM, 129
        after SIGHUP.
    """
    with lenient_streams(), warnings_on_stderr():
        try:
            with stoppable(stopped):
                return work(sys.argv[1:])
        except KeyboardInterrupt as stop:
            with suppress(KeyboardInterrupt), uninterrupted():
                tell(stopped)
            return exit_code(stop)
        except Exception as error:
            say_error(error)
            return 2


def whole_process(main: Callable[[], int]) -> NoReturn:
    """Do that and nothing else: no signal changes what has come of it."""
    code = main()
    deaf()
    sys.exit(code)
