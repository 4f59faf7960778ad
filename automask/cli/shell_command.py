"""The shell line that makes a run again."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from automask.cli.command_line import paste_command

GIVEN = ("command-line", "hydra.searchpath in command-line")  # what Hydra calls them


def run_command(config: DictConfig, hydra: Any) -> str:
    """What paints a run again.

    Args:
        config: Its keys.
        hydra: Hydra's own, which say what was typed and where configurations lie.
    """
    overrides, folders = typed_words(hydra)
    return paste_command(overrides, config, folders)


def typed_words(hydra: Any) -> tuple[list[str], list[str]]:
    """Overrides that were typed, and folders given with ``--config-dir``."""
    told: Any = OmegaConf.to_container(hydra, resolve=False)  # names are no references
    overrides = [str(line) for line in told["overrides"]["task"]]
    folders = [
        str(source["path"]).removeprefix("file://")
        for source in told["runtime"]["config_sources"]
        if source["provider"] in GIVEN
    ]
    return overrides, folders
