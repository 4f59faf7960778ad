"""Which keys a sweep varies, and its cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser

from automask.config import config_folder
from automask.images.formats import is_picture_name

FIRST = ("gamma", "k")  # in the names of folders, in whatever order they were typed
NAME_BYTES, PART_BYTES = 180, 60  # of a run folder's name and of one value in it
ENGINES = {"basic": "inline", "ray": "ray", "submitit_slurm": "slurm"}  # by launcher
AS_TYPED = {"style.image": "style"}  # what the command line calls it


@dataclass(frozen=True)
class Axis:
    """A key that takes several values.

    Args:
        key: As people type it.
        values: In plain text.
        labels: Short and distinct: file names without folders, where that tells them
            apart.
    """

    key: str
    values: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Args:
        number: From 0.
        indices: Index into the values of each axis.
        parameters: Label by key.
        values: Value by key, in full.
        name: Of its run folder.
        overrides: All that make its configuration, in Hydra's grammar.
    """

    number: int
    indices: tuple[int, ...]
    parameters: dict[str, str]
    values: dict[str, str]
    name: str
    overrides: tuple[str, ...]

    @property
    def title(self) -> str:
        """Parameters as in ``gamma=20 k=3``."""
        return " ".join(f"{key}={label}" for key, label in self.parameters.items())


@dataclass(frozen=True)
class Grid:
    """All cells in order: the last axis turns fastest."""

    axes: tuple[Axis, ...]
    cells: tuple[Cell, ...]


def grid_of(overrides: Iterable[str]) -> Grid:
    """Read the grid from a command line.

    Args:
        overrides: In Hydra's grammar.

    Raises:
        ValueError: If a sweep cannot be counted, or one of Hydra's own ways to run it
            is asked for.
    """
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(loader).parse_overrides(list(overrides))
    lines: dict[str, tuple[str, ...]] = {}
    for override in parsed:
        key, line = override.get_key_element(), str(override.input_line)
        _refuse_hydras(key.lstrip("+"), line)
        lines.pop(key, None)  # the last one counts
        lines[key] = (line,)
        if override.is_sweep_override():
            if not override.is_discrete_sweep():
                raise ValueError(f"{line} cannot be counted; list its values")
            texts = override.sweep_string_iterator()
            lines[key] = tuple(f"{key}={text}" for text in texts)
    axes = [_axis(key, each) for key, each in lines.items() if len(each) > 1]
    return Grid(tuple(axes), _cells(axes, lines.values()))


def _refuse_hydras(key: str, line: str) -> None:
    """Name our engine for one of Hydra's launchers.

    Raises:
        ValueError: If the key is of its launchers or sweepers.
    """
    if key == "hydra/launcher":
        engine = ENGINES.get(line.partition("=")[2], "pool")
        raise ValueError(f"{key} is called engine now; write engine={engine}")
    if key.startswith("hydra.launcher"):
        raise ValueError(f"{line}: write engine=pool workers=2, or engine.KEY=VALUE")
    if key.startswith(("hydra/sweeper", "hydra.sweeper")):
        raise ValueError(f"{line}: give values as in gamma=0,20; no other sweeper")


def labels_of(values: Sequence[str]) -> tuple[str, ...]:
    """Labels of values: file names without folder and suffix where that is enough."""
    files = [Path(v) if "/" in v or is_picture_name(v) else None for v in values]
    stems = [f.stem if f else v for f, v in zip(files, values, strict=True)]
    names = [f.name if f else v for f, v in zip(files, values, strict=True)]
    for labels in (stems, names, values):
        if len(set(labels)) == len(values):
            return tuple(labels)
    return tuple(f"{value} #{number}" for number, value in enumerate(values, 1))


def _axis(key: str, overrides: tuple[str, ...]) -> Axis:
    values = tuple(plain_value(line.partition("=")[2]) for line in overrides)
    typed = key.lstrip("+")
    return Axis(AS_TYPED.get(typed, typed), values, labels_of(values))


def plain_value(text: str) -> str:
    """A value without Hydra's quotes and escapes."""
    value = OverridesParser.create().parse_override(f"x={text}").value()
    return value.replace("\\${", "${") if isinstance(value, str) else text


def typed(overrides: Iterable[str]) -> list[str]:
    """Hydra's overrides as people type them."""
    words = []
    for line in overrides:
        key, _, value = line.removeprefix("++").partition("=")
        if line != "style=file":
            words.append(f"{AS_TYPED.get(key, key)}={plain_value(value)}")
    return words


def _cells(axes: Sequence[Axis], lines: Iterable[tuple[str, ...]]) -> tuple[Cell, ...]:
    made: list[Cell] = []
    taken: set[str] = set()
    listed = list(lines)
    for number, indices in enumerate(product(*(range(len(a.values)) for a in axes))):
        chosen = list(zip(axes, indices, strict=True))
        labels = {axis.key: axis.labels[i] for axis, i in chosen}
        values = {axis.key: axis.values[i] for axis, i in chosen}
        name = _folder_name(labels)
        if name.lower() in taken:  # some disks take a and A for one
            name = f"{name} #{number}"
        taken.add(name.lower())
        which = iter(indices)
        overrides = (each[next(which) if len(each) > 1 else 0] for each in listed)
        made.append(Cell(number, indices, labels, values, name, tuple(overrides)))
    return tuple(made)


def _folder_name(labels: dict[str, str]) -> str:
    """Such as ``gamma=20,k=3``; whatever no folder's name should hold is replaced."""
    order = [key for key in FIRST if key in labels]
    order += [key for key in labels if key not in FIRST]
    cut = [_cut(f"{key}={labels[key]}", PART_BYTES) for key in order]
    return _cut(",".join(cut), NAME_BYTES) or "run"


def _cut(text: str, limit: int) -> str:
    clean = "".join("_" if c in "/\\" or not c.isprintable() else c for c in text)
    return clean.encode("utf-8", "surrogateescape")[:limit].decode("utf-8", "ignore")
