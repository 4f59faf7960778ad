"""automask style=monet content=photo.jpg: the command line's entry point.

python -m automask.run style=monet content=photo.jpg
python -m automask.run styles
python -m automask.run --help
"""

from __future__ import annotations

import os
import sys

import hydra
from omegaconf import DictConfig

from automask import __version__, catalog, cli
from automask.checks import check
from automask.command import run_command
from automask.composing import composed, without_hydra
from automask.config import config_folder, register
from automask.signals import stoppable
from automask.sweep import asks, is_sweep, sweep
from automask.terminal import say_error, warnings_on_stderr


def main() -> int:
    """Run what the command line says, and print one line if it cannot be.

    Returns:
        0 on success, 2 if it cannot be run; of a sweep 1 if only some of it can.
    """
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its errors, we say them
    register()
    try:
        with stoppable(), warnings_on_stderr():
            return _run(sys.argv[1:])
    except (Exception, KeyboardInterrupt) as error:
        say_error(error)
        return 2


def _run(typed: list[str]) -> int:
    if typed[:1] == ["styles"]:
        catalog.show(typed[1:])
        return 0
    arguments = cli.rewrite(typed)
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
    check(config)
    # Late, for torch takes seconds to load and a slip of the pen should not.
    from automask.paint import paint, say_result

    result = paint(config, command)
    say_result(config, result.picture or result.folder)


def _nothing(config: DictConfig) -> None:
    """What is done where Hydra only tells of the configuration."""


if __name__ == "__main__":
    sys.exit(main())
