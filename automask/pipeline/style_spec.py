"""The styles of a run as people type them: names and files, joined by +, by region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from automask.config import config_folder, register
from automask.io.filenames import exists, group, is_group

YAML = (".yaml", ".yml")
FILE = "file"  # the style that stands for any picture


@dataclass(frozen=True)
class Source:
    """A picture.

    Args:
        path: Its file; empty where there is none, and a blank sheet takes its place.
        name: What a run names after it.
        map: Masks drawn for it.
    """

    path: str
    name: str
    map: Any = None


def style_files(folders: Iterable[str] = ()) -> dict[str, Path]:
    """The YAML files of all named styles by name, with those of the user's folders."""
    files = (
        file
        for folder in (config_folder(), *map(Path, folders))
        for file in (folder / "style").glob("*.yaml")
    )
    return {file.stem: file for file in files}


def parts_of(typed: str) -> list[str]:
    """The styles that are joined by +; a file whose own name has a + is one."""
    words, parts = typed.split("+"), []
    while words:
        lengths = (k for k in range(len(words), 1, -1) if exists("+".join(words[:k])))
        length = next(lengths, 1)
        parts.append("+".join(words[:length]))
        words = words[length:]
    return parts


def source_of(part: str) -> Source:
    """One style: a name that comes with automask, a style's YAML file, or a picture.

    Raises:
        ValueError: If the YAML is no style's.
        OSError: If it cannot be read.
    """
    register()  # a worker's process has not
    file = str(style_files().get(part, part)) if part != FILE else part
    if not file.endswith(YAML):
        return Source(file, Path(file).stem)
    style = OmegaConf.load(file)
    if not isinstance(style, DictConfig) or not style.get("image"):
        raise ValueError(f"'{file}' is no style's YAML: it names no image")
    name = style.get("name") or Path(file).stem
    return Source(str(style.image), str(name), style.get("map"))


def supplies(regions: object) -> dict[str, dict[str, float]]:
    """What part of each region each style supplies, the parts of a region summing to 1.

    Args:
        regions: Styles by the names of masks: ``{person: gogh.jpg}``, or weights of
            several, ``{person: {gogh.jpg: 0.7, monet: 0.3}}``.

    Raises:
        ValueError: If it is not of that form, or the weights cannot be mixed.
    """
    if not regions:
        return {}
    if is_group(regions):
        regions = group(str(regions))
    if not isinstance(regions, Mapping):
        raise ValueError(
            f"regions must give styles to masks, as {{person: monet}}; got '{regions}'"
        )
    return {str(name): _mixed(str(name), given) for name, given in regions.items()}


def _mixed(region: str, given: Any) -> dict[str, float]:
    if is_group(given):
        given = {name: _number(text) for name, text in group(given, last=True).items()}
    if isinstance(given, str) and given:
        given = dict.fromkeys(parts_of(given), 1.0)
    if not isinstance(given, Mapping) or not given:
        raise ValueError(f"regions.{region} must name a style, got '{given}'")
    weights: dict[str, float] = {}
    for style, weight in given.items():
        if type(weight) not in (int, float) or not (isfinite(weight) and weight >= 0):
            raise ValueError(
                f"regions.{region}: the weight of '{style}' must be a number >= 0, "
                f"got {weight}"
            )
        weights[str(style)] = float(weight)
    total = sum(weights.values())
    if not total:
        raise ValueError(f"regions.{region}: one weight must be above 0")
    return {style: weight / total for style, weight in weights.items()}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
