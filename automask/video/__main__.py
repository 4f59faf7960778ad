"""Paint a film: the entry point.

python -m automask.video style=monet content=clip.mp4 out=clip_monet.mp4
python -m automask.video style=monet content=frames/ fps=24 out=painted/
python -m automask.video --help
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
        0 if the film is there, 1 if a shot failed, 2 with one line if it cannot be;
        130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    return outcome(film, GOES_ON)


program = partial(whole_process, main)


def film(words: list[str]) -> int:
    """Do what was typed.

    Args:
        words: Without the program's name.
    """
    if not words or {"-h", "--help"} & set(words):
        from automask.cli.help_text import video_help

        show(video_help())
        return 0 if words else 2
    if "--version" in words:
        show(f"automask {__version__}")
        return 0
    # Late, for Hydra takes a while to load, and signals are to be heard before.
    from automask.config import register
    from automask.video.film_run import run
    from automask.video.film_settings import read_settings

    register()
    return run(read_settings(words))


if __name__ == "__main__":
    program()
