"""Paint many photographs in many styles: the batch's entry point.

python -m automask.batch content=portraits/ style=monet,vangogh out=results/
python -m automask.batch content='photos/*.jpg' style=monet out=results/ engine=ray
python -m automask.batch --help
"""

from __future__ import annotations

from functools import partial

from automask import __version__
from automask.cli.program import outcome, whole_process
from automask.io.signals import GOES_ON
from automask.io.terminal import show


def main() -> int:
    """Run what the command line says.

    Returns:
        0 if all is done, 1 if something failed, 2 with one line if nothing could begin;
        130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    return outcome(_run, GOES_ON)


program = partial(whole_process, main)


def _run(words: list[str]) -> int:
    if not words or {"-h", "--help"} & set(words):
        from automask.cli.help_text import batch_help

        show(batch_help())
        return 0 if words else 2
    if "--version" in words:
        show(f"automask {__version__}")
        return 0
    # Late, for Hydra takes a while to load, and signals are to be heard before.
    from automask.config import register
    from automask.jobs.batch_run import run
    from automask.jobs.batch_settings import read_settings

    register()
    return run(read_settings(words))


if __name__ == "__main__":
    program()
