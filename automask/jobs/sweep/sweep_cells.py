"""The cells of a sweep as items, each looked through before the first is painted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from omegaconf import DictConfig, OmegaConf

from automask import __version__
from automask.cache.components import Parts
from automask.cli.command_line import folders_of
from automask.cli.compose import composed
from automask.io.errors import one_line
from automask.io.files import file_sha256
from automask.io.terminal import show_traceback
from automask.jobs.items import Item, Variant, digest_of
from automask.jobs.sweep.grid import Cell, typed
from automask.jobs.sweep.sweep_settings import Sweep
from automask.pipeline.checks import check
from automask.pipeline.read_only import check_apart, files_read
from automask.pipeline.sources import sources_of

LEFT = ("sheet.png", "sweep.csv", "sweep.json", "sweep.jsonl")  # in a sweep's folder
HERE = ("Inline", "Pool")  # engines that paint on this machine


@dataclass(frozen=True)
class Planned:
    """A cell that can be painted, or why it cannot.

    Args:
        cell: The one.
        item: What it is to the runner; None if it cannot be painted.
        variant: Its configuration.
        error: Why it cannot, in one line.
    """

    cell: Cell
    item: Item | None = None
    variant: Variant | None = None
    error: str = ""


def planned(sweep: Sweep) -> list[Planned]:
    """Every cell, with its configuration, files and parts looked at.

    Raises:
        ValueError: If a cell's configuration cannot be composed, for the value is a
            slip of the pen; or if the sweep would write what a cell reads.
    """
    written = {f"out/{name}": str(sweep.folder / name) for name in LEFT}
    written |= {"out": str(sweep.sheet)} if sweep.sheet else {}
    here = str(sweep.engine._target_).endswith(HERE)
    parts, sha256, found = Parts() if here else None, cache(file_sha256), []
    folders = [w for each in folders_of(sweep.flags) for w in ("--config-dir", each)]
    for cell in sweep.grid.cells:
        config = composed([*cell.overrides, *sweep.flags])
        try:
            check(config)
            sources = sources_of(config)
            read = files_read(config, sources)
            digest = digest_of(config, read, __version__, sha256)
            if parts is not None:
                _try_parts(config, parts)
        except Exception as error:
            show_traceback(error)
            found.append(Planned(cell, error=one_line(error)))
            continue
        check_apart(written, read)
        yaml, words = OmegaConf.to_yaml(config), (*folders, *typed(cell.overrides))
        variant = Variant(cell.title, yaml, words, digest)
        found.append(Planned(cell, variant.item(sources.content.path), variant))
    return found


def _try_parts(config: DictConfig, parts: Parts) -> None:
    """Build what the cell is painted with; each is the judge of its arguments."""
    # Late, for torch takes seconds to load.
    from automask.pipeline.device import chosen_device
    from automask.pipeline.paint import load_painter
    from automask.pipeline.sources import masks_config

    load_painter(config, chosen_device(config.hardware.device), parts)
    parts.built("masks", masks_config(config, sources_of(config)))
