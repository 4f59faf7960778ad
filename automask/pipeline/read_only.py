"""Nothing that is read is ever written, however it is called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from automask.config import plain
from automask.io.filenames import exists
from automask.pipeline.sources import Sources, typed_styles
from automask.pipeline.style_spec import supplies

WRITTEN = ("out", "checkpoint")  # keys of files that a run writes


def check_apart(written: Mapping[str, str], read: Iterable[str]) -> None:
    """Refuse to write what is read, however it is called, and one file twice.

    Args:
        written: Files by the keys that name them.
        read: Files.

    Raises:
        ValueError: If two are the same.
    """
    files = list(read)
    for key, place in written.items():
        for file in files:
            if _is_one(place, file):
                raise ValueError(
                    f"{key}={place} is the file '{file}', which is read; "
                    "choose another name"
                )
    for (key, place), (other, same) in combinations(written.items(), 2):
        if os.path.realpath(place) == os.path.realpath(same):
            raise ValueError(f"{key} and {other} are one file, '{place}'; choose two")


def _is_one(place: str, file: str) -> bool:
    try:
        return os.path.samefile(place, file)
    except (OSError, ValueError):  # one of them is not there
        return False


def files_read(config: DictConfig, sources: Sources) -> set[str]:
    """Every file that a run reads, but for those of automask itself."""
    keys = {key: each for key, each in plain(config).items() if key not in WRITTEN}
    found = {*files_named([keys, sources.maps])}
    found |= {each.path for each in (sources.content, *sources.styles) if each.path}
    styles = [
        *typed_styles(config),
        *(s for r in supplies(config.regions).values() for s in r),
    ]
    found |= {style for style in styles if exists(style)}
    for folder in (each for each in sources.maps if isinstance(each, str)):
        found |= {str(file) for file in Path(folder).glob("*.png")}
    return found


def files_named(value: Any) -> Iterator[str]:
    """Files that a configuration names anywhere: maps, weights, a start."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from files_named(each)
    elif isinstance(value, str) and os.path.isfile(value):
        yield value
