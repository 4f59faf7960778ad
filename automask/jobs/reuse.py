"""Runs that an earlier sweep left, and that need not be made again."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from automask import __version__
from automask.config import plain
from automask.io.folders import numbered
from automask.io.hashing import file_sha256
from automask.jobs.sweep_records import read_record
from automask.pipeline.read_only import files_named
from automask.pipeline.sources import Sources

NOT_THE_PICTURE = ("out", "quiet", "checkpoint")  # keys that may differ

log = logging.getLogger(__name__)


def earlier_run(
    wanted: Path, config: DictConfig, sources: Sources, picture: str
) -> Path | None:
    """The folder of a run with the same configuration, made of the same files.

    One whose record is amiss is passed over with a warning.

    Args:
        wanted: Name of the folder; others may have a number behind it.
        config: The keys of configs/run.yaml.
        sources: The files that it names.
        picture: Name of the picture that must be there, unless only masks are wanted.
    """
    now = plain(config)
    for folder in numbered(wanted):
        if not folder.exists():
            return None
        try:
            if _is_same(folder, now, sources) and (
                config.stage == "masks" or (folder / picture).is_file()
            ):
                return folder
        except (FileNotFoundError, NotADirectoryError):  # no run's folder
            continue
        except (OSError, ValueError) as error:
            log.warning("%s; that run is made anew", error)
    raise AssertionError("unreachable")


def _is_same(folder: Path, now: dict[str, Any], sources: Sources) -> bool:
    """Whether the run there was made of these files with that configuration.

    Raises:
        ValueError: If its record is amiss.
        OSError: If a file cannot be read.
    """
    file = folder / "run.json"
    record, made = read_record(file), file.stat().st_mtime
    pictures = [each.path for each in (sources.content, *sources.styles) if each.path]
    said = [each for each in (record["content"], *record["styles"]) if each]
    others = {*files_named([now, sources.maps])}
    return (
        record["versions"].get("automask") == __version__
        and _essence(record["config"]) == _essence(now)
        and [each["path"] for each in said] == pictures
        and all(file_sha256(each["path"]) == each["sha256"] for each in said)
        and all(_changed(each) <= made for each in {*others} - {*pictures})
    )


def _changed(file: str) -> float:
    """When a file was last written to, or put in the place of another."""
    told = os.stat(file)
    return max(told.st_mtime, told.st_ctime)


def _essence(config: dict[str, Any]) -> str:
    kept = {key: value for key, value in config.items() if key not in NOT_THE_PICTURE}
    return json.dumps(kept, sort_keys=True, default=str)
