"""Cells of a sweep that cannot begin, found before the first one is painted."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from automask.cache.components import Components
from automask.cli.compose import composed, folders_of, opened, without_hydra
from automask.cli.suggestions import check_keys
from automask.io.errors import one_line
from automask.io.terminal import show_traceback
from automask.jobs import launchers
from automask.jobs.sweep_grid import Cell
from automask.jobs.sweep_plan import Plan
from automask.jobs.sweep_reports import Report
from automask.pipeline.checks import check
from automask.pipeline.read_only import check_apart, files_read
from automask.pipeline.sources import sources_of
from automask.targets import check_hydra

HERE = ("basic", "joblib", "submitit_local")  # launchers whose jobs run on this machine
STARTED = ("launcher", "sweeper")
LEFT = ("sheet.png", "sweep.csv", "sweep.json")  # by a sweep in its folder


def refused(todo: Plan) -> list[Report]:
    """A report on each cell whose configuration, files or parts cannot be used.

    Raises:
        ValueError: If Hydra cannot make up the configuration of a cell, for it would
            stop there, or is told to start anything else; or if the sweep would write
            what a cell reads.
    """
    _check_whole(todo)
    folder = todo.place.folder
    written = {"out": str(todo.place.sheet)} if todo.place.sheet else {}
    written |= {f"out/{name}": str(folder / name) for name in LEFT}
    parts, reports = Components(), []
    for cell in todo.grid.cells:
        config = without_hydra(composed([*_overrides(todo, cell), *todo.flags]))
        try:
            check(config)
            read = files_read(config, sources_of(config))
            if todo.launcher in HERE:
                _try_parts(config, parts)
        except Exception as error:
            show_traceback(error)
            reports.append(Report(cell.number, "unstarted", one_line(error)))
        else:
            check_apart(written, read)
    return reports


def _check_whole(todo: Plan) -> None:
    """What Hydra itself starts: the sweeper and the launcher, as they were typed."""
    with opened(todo.flags) as (name, searched):
        overrides = [*searched, *todo.overrides]
        check_keys(overrides, folders_of(todo.flags))
        found = _hydra(name, overrides)
        check_hydra(found)
    # One of the user's own lies in a folder that is searched.
    flags = () if todo.launcher in launchers.KNOWN else todo.flags
    with opened(flags) as (_, searched):
        starts = tuple(f"hydra{sign}{place}" for place in STARTED for sign in "./")
        typed = [line for line in todo.overrides if line.lstrip("+").startswith(starts)]
        usual = _hydra("run", [*searched, *typed, "style=file"])
    for place in STARTED:
        if OmegaConf.to_container(found[place]) != OmegaConf.to_container(usual[place]):
            raise ValueError(
                f"a configuration file changes hydra.{place}; take that out, and say "
                "it on the command line if you want it"
            )


def _hydra(name: str, overrides: Sequence[str]) -> DictConfig:
    """Hydra's own part of what a sweep starts from."""
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    config = hydra.compose_config(name, list(overrides), RunMode.MULTIRUN)
    found = config.hydra
    assert isinstance(found, DictConfig)
    return found


def _overrides(todo: Plan, cell: Cell) -> Sequence[str]:
    """The sweep's, with the cell's value where there are several."""
    pairs = zip(todo.grid.axes, cell.place, strict=True)
    chosen = [axis.overrides[number] for axis, number in pairs]
    keys = {line.partition("=")[0] for line in chosen}
    shared = [each for each in todo.overrides if each.partition("=")[0] not in keys]
    return [*shared, *chosen]


def _try_parts(config: DictConfig, parts: Components) -> None:
    """Build what the cell is painted with; each is the judge of its arguments."""
    # Late, for torch takes seconds to load.
    from automask.pipeline.device import chosen_device
    from automask.pipeline.paint import load_painter
    from automask.pipeline.sources import masks_config

    load_painter(config, chosen_device(config.hardware.device), parts)
    parts.built("masks", masks_config(config, sources_of(config)))
