"""automask -m gamma=0,20 k=1,3: one run for each value, a sheet and tables of all."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from automask.cli.command_line import SHOW, SWEEP
from automask.io.folders import hidden_folder, numbered, sweep_dead
from automask.io.signals import uninterrupted
from automask.io.terminal import say, say_place, tell
from automask.jobs.engines.inline import Inline
from automask.jobs.items import Request
from automask.jobs.manifest import Manifest
from automask.jobs.outcome import Engine
from automask.jobs.paint_item import Painting
from automask.jobs.plan import Job, Work, left_to_do
from automask.jobs.results import Results
from automask.jobs.runner import begun, paint_all, summed_up
from automask.jobs.sweep.sweep_cells import Planned, planned
from automask.jobs.sweep.sweep_settings import Sweep, read_sweep
from automask.targets import build

MULTIRUN = {*SWEEP, "hydra.mode=MULTIRUN"}

log = logging.getLogger(__name__)


def is_sweep(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for one, and not for its configuration."""
    return not MULTIRUN.isdisjoint(arguments) and {*SHOW}.isdisjoint(arguments)


def sweep(typed: Sequence[str], arguments: Sequence[str]) -> int:
    """Run a grid, and write sheet.png, sweep.csv and sweep.json.

    Args:
        typed: The command line as people type it.
        arguments: The same as Hydra takes it.

    Returns:
        Exit code: 0; 1 if a cell failed; 2 if none could start.

    Raises:
        ValueError: If the command line cannot be used.
        OSError: If the results cannot be written.
        KeyboardInterrupt: If it was stopped, after what was done is written down.
    """
    start, asked = perf_counter(), read_sweep(typed, arguments)
    cells = planned(asked)
    refused = [each for each in cells if each.error]
    if len(refused) == len(cells):
        for reason in dict.fromkeys(each.error for each in refused):
            tell(reason)
        return 2
    for each in refused:  # before hours go into the others
        tell(": ".join(filter(None, (each.cell.title, each.error))))
    engine: Engine = build(asked.engine, "engine")
    job, folder = _job(asked, cells), asked.folder.absolute()
    with hidden_folder(folder) as scratch, begun(job) as manifest:
        sweep_dead(folder.parent)
        work = _work(job, manifest, cells)
        todo = {item.key for item in work.pending}
        kept = {item.key for item in work.items if item.key not in todo}
        shared = None if isinstance(engine, Inline) else scratch
        stopped, interrupt = _paint(job, work, manifest, engine, shared)
        more = f"{len(refused)} refused" if refused else ""
        code = summed_up(job, work, manifest, stopped, more)
        if code != 2:
            with uninterrupted():
                sheet = _write(asked, cells, manifest, kept, perf_counter() - start)
        if interrupt is not None:
            raise interrupt
    if code == 2:
        return 2
    if asked.quiet:
        say_place(sheet)
    else:
        say(f"Sheet: {sheet}")
    return max(code, int(bool(refused)))


def _paint(
    job: Job, work: Work, manifest: Manifest, engine: Engine, shared: Path | None
) -> tuple[str | None, KeyboardInterrupt | None]:
    """Paint what is left; why it had to stop, and whether someone stopped it."""
    batch = manifest.header["batch"]
    load = Painting(job.results, batch, os.getcwd(), job.variants, shared=shared)
    try:
        return paint_all(job, work, manifest, engine, load), None
    except KeyboardInterrupt as interrupt:
        return None, interrupt


def _job(asked: Sweep, cells: Sequence[Planned]) -> Job:
    return Job(
        "sweep",
        Results(str(asked.folder.absolute()), folders=True),
        asked.folder / "sweep.jsonl",
        tuple(each.variant for each in cells if each.variant),
        inherits=False,
        retry=True,
        quiet=asked.quiet,
        batch="sweep",  # its items' keys are enough to know them by
    )


def _work(job: Job, manifest: Manifest, cells: Sequence[Planned]) -> Work:
    """The cells that are left to do; those of one configuration are one item."""
    requests: dict[str, Request] = {}
    names: dict[str, str] = {}
    for each in cells:
        if each.item is not None and each.item.key not in names:
            names[each.item.key] = each.cell.name
            wanted = (str(path) for path in numbered(Path(each.cell.name)))
            requests[each.item.key] = each.item, wanted
    known = set(manifest.items)
    work = left_to_do(job, manifest, requests.values())
    new = [item for item in work.pending if item.key not in known]
    return replace(work, anew=sum(item.name != names[item.key] for item in new))


def _write(
    asked: Sweep,
    cells: Sequence[Planned],
    manifest: Manifest,
    kept: set[str],
    seconds: float,
) -> Path:
    """Write sheet and tables, and say what the runs warned of; where the sheet is."""
    # Late, for torch takes seconds to load.
    from automask.jobs.sweep.sweep_results import run_of, write_results

    runs = [run_of(each, manifest, asked.folder, kept) for each in cells]
    done = [run.record["item"] for run in runs if run.state == "done"]
    for line in dict.fromkeys(line for item in done for line in item["warnings"]):
        log.warning("%s", line)
    return write_results(asked, runs, seconds)
