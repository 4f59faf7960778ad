"""automask style=monet content=photo.jpg: the command line's entry point.

python -m automask.run style=monet content=photo.jpg
python -m automask.run styles
python -m automask.run --help
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from automask import __version__, catalog, cli
from automask.config import check, config_folder, register
from automask.errors import one_line
from automask.signals import stoppable


def main() -> int:
    """Run what the command line says; 0 on success, 2 with one line if it cannot be."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its errors, we say them
    register()
    failed: list[str] = []
    try:
        with stoppable(), warnings_on_stderr():
            if sys.argv[1:2] == ["styles"]:
                catalog.show(sys.argv[2:])
                return 0
            arguments = cli.rewrite(sys.argv[1:])
            if "--version" in arguments:
                print(f"automask {__version__}")
                return 0
            with scratch_for_sweeps(arguments) as overrides:
                sys.argv[1:] = [*overrides, *arguments]
                hydra.main(str(config_folder()), "run", "1.3")(partial(job, failed))()
    except (Exception, KeyboardInterrupt) as error:
        say_error(error)
        return 2
    return 2 if failed else 0


def job(failed: list[str], config: DictConfig) -> None:
    """One run, or one of a sweep's, where a failure leaves the others running.

    Args:
        failed: Gets the overrides of a run that failed. Hydra, if it heard of the
            error, would print a page about it.
        config: The keys of configs/run.yaml.
    """
    hydra_config = HydraConfig.get()
    overrides = OmegaConf.to_container(hydra_config.overrides.task)  # as typed
    assert isinstance(overrides, list)
    try:
        check(config)
        # Late, for torch takes seconds to load and a slip of the pen should not.
        from automask.paint import paint

        folders = [
            source.path
            for source in hydra_config.runtime.config_sources
            if source.provider == "command-line"
        ]
        paint(config, cli.paste_command(overrides, config, folders))
    except Exception as error:
        failed.append(" ".join(overrides))
        sweep = hydra_config.mode == RunMode.MULTIRUN
        say_error(error, f"{failed[-1]}: " if sweep else "")


def say_error(error: BaseException, job_name: str = "") -> None:
    """Print one line; AUTOMASK_DEBUG=1 puts the traceback before it."""
    if os.environ.get("AUTOMASK_DEBUG") == "1":
        traceback.print_exception(error)
    print(f"automask: {job_name}{one_line(error)}", file=sys.stderr)


@contextmanager
def scratch_for_sweeps(arguments: list[str]) -> Iterator[list[str]]:
    """Somewhere for the file that Hydra writes about each sweep, gone at the end."""
    sweep = "-m" in arguments or "--multirun" in arguments
    if not sweep or any(word.startswith("hydra.sweep.dir=") for word in arguments):
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="automask-") as folder:
        yield [f"hydra.sweep.dir={cli.quoted(folder)}"]


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Show what automask warns of, as plain lines; Hydra repeats its errors there."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("automask: warning: %(message)s"))
    logger = logging.getLogger("automask")
    logger.addHandler(handler)
    logging.getLogger("hydra").addHandler(logging.NullHandler())
    try:
        yield
    finally:
        logger.removeHandler(handler)


if __name__ == "__main__":
    sys.exit(main())
