"""Runs that an earlier sweep left, and that need not be made again."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from automask import __version__
from automask.apart import files_named
from automask.config import plain
from automask.digest import file_sha256
from automask.folders import numbered
from automask.sources import Sources

NOT_THE_PICTURE = ("out", "quiet", "checkpoint")  # keys that may differ


def earlier_run(wanted: Path, config: DictConfig, sources: Sources) -> Path | None:
    """The folder of a run with the same configuration, made of the same files.

    Args:
        wanted: Name of the folder; others may have a number behind it.
        config: The keys of configs/run.yaml.
        sources: The files that it names.
    """
    now = plain(config)
    files = {*files_named(now), *files_named(sources.maps)}
    for folder in numbered(wanted):
        if not folder.exists():
            return None
        with suppress(OSError, ValueError, KeyError):  # no run's folder, or half of one
            file = folder / "run.json"
            record, made = json.loads(file.read_bytes()), file.stat().st_mtime
            pictures = filter(None, [record["content"], *record["styles"]])
            if (
                record["versions"]["automask"] == __version__
                and _essence(record["config"]) == _essence(now)
                and all(file_sha256(p["path"]) == p["sha256"] for p in pictures)
                and all(os.path.getmtime(each) <= made for each in files)
            ):
                return folder
    raise AssertionError("unreachable")


def _essence(config: dict[str, Any]) -> str:
    kept = {key: value for key, value in config.items() if key not in NOT_THE_PICTURE}
    return json.dumps(kept, sort_keys=True, default=str)
