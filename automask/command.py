"""The shell line that makes a run again."""

from __future__ import annotations

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from automask.cli import paste_command


def run_command(config: DictConfig) -> str:
    """What paints the run that Hydra is at, or one cell of its sweep, alone."""
    hydra_config = HydraConfig.get()
    overrides = [str(line) for line in hydra_config.overrides.task]
    folders = [
        source.path
        for source in hydra_config.runtime.config_sources
        if source.provider == "command-line"
    ]
    return paste_command(overrides, config, folders)
