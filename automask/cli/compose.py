"""The configuration of a command line: composed by Hydra, and what it names checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, open_dict, read_write

from automask.cli.command_line import folders_of, parted
from automask.cli.suggestions import check_keys
from automask.config import config_folder
from automask.io.filenames import quoted
from automask.targets import check_hydra


@contextmanager
def opened(options: Sequence[str]) -> Iterator[list[str]]:
    """Hydra with our configurations.

    Yields:
        Overrides that lead it to the folders which options name.
    """
    places = ",".join(quoted(f"file://{each}") for each in folders_of(options))
    callers = GlobalHydra.instance().hydra  # of a program that uses Hydra itself
    GlobalHydra.instance().hydra = None
    try:
        with initialize_config_dir(str(config_folder()), version_base="1.3"):
            yield [f"hydra.searchpath=[{places}]"] if places else []
    finally:
        GlobalHydra.instance().hydra = callers


def composed(arguments: Sequence[str], others: Collection[str] = ()) -> DictConfig:
    """A run's configuration.

    Args:
        arguments: As ``rewrite`` gives them.
        others: Keys that may have been meant, beside those of a run.

    Raises:
        ValueError: If a key is unknown, or Hydra is told to start something.
    """
    options, overrides = parted(arguments)
    with opened(options) as searched:
        overrides = [*searched, *overrides]
        check_keys(overrides, folders_of(options), others)
        config = compose("run", overrides, return_hydra_config=True)
    check_hydra(config.hydra)
    with read_write(config), open_dict(config):
        del config["hydra"]
    return config
