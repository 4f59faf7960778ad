"""The configuration of a command line: composed by Hydra, and what it names checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, open_dict

from automask.cli.command_line import parted
from automask.cli.suggestions import check_keys
from automask.config import config_folder
from automask.io.filenames import quoted
from automask.targets import check_hydra

DIR = ("--config-dir", "-cd")


@contextmanager
def opened(flags: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Hydra with the configurations that options name.

    Args:
        flags: Options with their values.

    Yields:
        Name of the topmost configuration, and overrides that lead to further folders.

    Raises:
        ValueError: If a folder is none.
    """
    main = value_of(flags, ("--config-path", "-cp"))
    name = value_of(flags, ("--config-name", "-cn")) or "run"
    places = ",".join(quoted(f"file://{each}") for each in folders_of(flags))
    searched = [f"hydra.searchpath=[{places}]"] if places else []
    folder = os.path.abspath(main) if main else str(config_folder())
    with initialize_config_dir(folder, job_name="automask", version_base="1.3"):
        yield name, searched


def composed(arguments: Sequence[str]) -> DictConfig:
    """A run's configuration, and Hydra's own under ``hydra``.

    Args:
        arguments: As ``cli.rewrite`` gives them.

    Raises:
        ValueError: If a key is unknown, or it names anything but parts of automask.
    """
    flags, overrides = parted(list(arguments))
    with opened(flags) as (name, searched):
        if name == "run":
            check_keys([*searched, *overrides], folders_of(flags))
        config = compose(name, [*searched, *overrides], return_hydra_config=True)
    check_hydra(config.hydra)
    return config


def without_hydra(config: DictConfig) -> DictConfig:
    """The keys of a run alone."""
    alone = config.copy()
    alone._set_flag("readonly", False)
    with open_dict(alone):
        del alone["hydra"]
    return alone


def folders_of(flags: Sequence[str]) -> list[str]:
    """Absolute paths of the folders given with ``--config-dir``.

    Raises:
        ValueError: If there is no such folder.
    """
    found = []
    for word, following in pairwise([*flags, ""]):
        name, equals, value = word.partition("=")
        if name in DIR:
            folder = value if equals else following
            if not os.path.isdir(folder):
                raise ValueError(f"{name} needs a folder that is there, got '{folder}'")
            found.append(os.path.abspath(folder))
    return found


def value_of(flags: Sequence[str], names: Sequence[str]) -> str | None:
    """The value of an option; None where it is not among these."""
    for word, following in pairwise([*flags, ""]):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else following
    return None
