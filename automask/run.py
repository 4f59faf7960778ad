"""automask style=monet content=photo.jpg: the command line's entry point.

python -m automask.run style=monet content=photo.jpg
python -m automask.run styles
python -m automask.run --help
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from automask import __version__
from automask.cli.program import outcome, whole_process

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main() -> int:
    """Run what the command line says, and print one line if it cannot be.

    Returns:
        0 on success, 2 if it cannot be run; of a sweep 1 if only some of it can; 130
        after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    return outcome(_run)


def program() -> NoReturn:
    """Run it as a process of its own."""
    whole_process(main)


def _run(typed: list[str]) -> int:
    # Late, for Hydra takes a while to load, and signals are to be heard before.
    import hydra

    from automask.cli import command_line, list_styles
    from automask.cli.compose import composed, without_hydra
    from automask.cli.shell_command import run_command
    from automask.config import config_folder, register
    from automask.jobs.sweep.sweep_run import asks, is_sweep, sweep

    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its errors, we say them
    register()
    if typed[:1] == ["styles"]:
        list_styles.show(typed[1:])
        return 0
    arguments = command_line.rewrite(typed)
    if "--version" in arguments:
        print(f"automask {__version__}")
        return 0
    if is_sweep(arguments):
        return sweep(typed, arguments)
    if asks(arguments):
        sys.argv[1:] = arguments
        hydra.main(str(config_folder()), "run", "1.3")(_nothing)()
        return 0
    config = composed(arguments)
    command = run_command(config, config.hydra)
    paint_one(without_hydra(config), command)
    return 0


def paint_one(config: DictConfig, command: str) -> None:
    """One run, and a line on where its result is.

    Args:
        config: The keys of configs/run.yaml.
        command: What repeats it.

    Raises:
        ValueError: If it cannot be run.
        OSError: If a file cannot be read, or the results cannot be written.
    """
    from automask.pipeline.checks import check

    check(config)
    # Late, for torch takes seconds to load and a slip of the pen should not.
    from automask.pipeline.paint import paint, say_result

    result = paint(config, command)
    say_result(config, result.picture or result.folder)


def _nothing(config: DictConfig) -> None:
    """What is done where Hydra only tells of the configuration."""


if __name__ == "__main__":
    program()
