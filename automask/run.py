"""automask style=monet content=photo.jpg: the command line's entry point.

python -m automask.run style=monet content=photo.jpg
python -m automask.run styles
python -m automask.run models
python -m automask.run web
python -m automask.run --help
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from automask import __version__
from automask.cli.program import outcome, whole_process
from automask.io.terminal import show

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main() -> int:
    """Run what the command line says, and print one line if it cannot be.

    Returns:
        0 on success, 2 if it cannot be run; of a sweep 1 if only some of it can; 130
        after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    return outcome(_run)


program = partial(whole_process, main)


def _run(typed: list[str]) -> int:
    # Late, for Hydra takes a while to load, and signals are to be heard before.
    from omegaconf import OmegaConf

    from automask.cli import command_line, fetch_models, list_styles
    from automask.cli.compose import composed
    from automask.cli.help_text import run_help
    from automask.config import config_folder, register
    from automask.jobs.sweep.sweep_run import is_sweep, sweep

    register()
    if typed[:1] == ["styles"]:
        list_styles.show_styles(typed[1:])
        return 0
    if typed[:1] == ["video"]:
        from automask.video.__main__ import film

        return film(typed[1:])
    if typed[:1] == ["models"]:
        fetch_models.fetch_models(typed[1:])
        return 0
    if typed[:1] == ["web"]:
        from automask.web.server import serve

        return serve(typed[1:])
    options, _ = command_line.parted(typed)
    if not {*command_line.HELP}.isdisjoint(options):
        show(run_help([config_folder(), *command_line.folders_of(options)]))
        return 0
    if "--version" in options:
        show(f"automask {__version__}")
        return 0
    arguments = command_line.rewrite(typed)
    if is_sweep(arguments):
        return sweep(typed, arguments)
    config = composed(arguments)
    if not {*command_line.SHOW}.isdisjoint(options):
        show(OmegaConf.to_yaml(config, resolve="--resolve" in options).rstrip())
    else:
        paint_one(config, command_line.run_command(typed))
    return 0


def paint_one(config: DictConfig, command: str) -> None:
    """One run, and a line on where its result is.

    Args:
        config: The keys of a run.
        command: What repeats it.

    Raises:
        ValueError: If it cannot be run.
        OSError: If a file cannot be read, or the results cannot be written.
    """
    from automask.pipeline.checks import check

    check(config)
    # Late, for torch takes seconds to load and a slip of the pen should not.
    from automask.pipeline.run_folder import paint_to_folder, say_result

    result = paint_to_folder(config, command)
    say_result(config, result.picture or result.folder)


if __name__ == "__main__":
    program()
