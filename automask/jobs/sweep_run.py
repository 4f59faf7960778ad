"""automask -m gamma=0,20 k=1,3: one run for each value, a sheet and tables of all."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from signal import SIGTERM
from time import perf_counter

import hydra

from automask.cli import command_line
from automask.config import config_folder
from automask.io.errors import one_line
from automask.io.folders import hidden_folder, sweep_dead
from automask.io.locks import alone_in
from automask.io.signals import uninterrupted
from automask.io.terminal import say, say_place, show_traceback, tell
from automask.jobs import launchers
from automask.jobs.sweep_cell import Job, launched, tried
from automask.jobs.sweep_checks import refused
from automask.jobs.sweep_plan import Plan, planned
from automask.jobs.sweep_reports import Report, Watch, report_file

SWEEP = {"-m", "--multirun", "hydra.mode=MULTIRUN"}
OTHER = {"--cfg", "-c", "--info", "-i", "--help", "-h", "--hydra-help", "--version"}
OTHER |= {"--shell-completion", "-sc"}


def asks(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for information alone."""
    return not OTHER.isdisjoint(word.partition("=")[0] for word in arguments)


def is_sweep(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for one, and not just for information."""
    return bool(SWEEP.intersection(arguments)) and not asks(arguments)


def sweep(typed: Sequence[str], arguments: Sequence[str]) -> int:
    """Run a grid, and write sheet.png, sweep.csv and sweep.json.

    Args:
        typed: The command line as people type it.
        arguments: The same as Hydra takes it, overrides before flags.

    Returns:
        Exit code: 0; 1 if a cell failed; 2 if none could start.

    Raises:
        ValueError: If the command line cannot be used.
        OSError: If the results cannot be written.
        KeyboardInterrupt: If it was stopped, after what was done is written down.
    """
    begun, todo = perf_counter(), planned(typed, arguments)
    folder = todo.place.folder.absolute()
    with hidden_folder(folder) as scratch, alone_in(folder, "sweep"):
        sweep_dead(folder.parent)
        sweep_dead(folder)
        reports, stopped = run(todo, scratch)
        if all(report.state == "unstarted" for report in reports):
            for reason in dict.fromkeys(report.error for report in reports):
                tell(reason)
            return 2
        with uninterrupted():
            # Late, for torch takes seconds to load.
            from automask.jobs.sheet.results import write_results

            sheet = write_results(todo, reports, perf_counter() - begun)
        if stopped is not None:
            raise stopped
    if todo.quiet:
        say_place(sheet)
    else:
        say(f"Sheet: {sheet}")
    return int(any(report.failed for report in reports))


def run(todo: Plan, scratch: Path) -> tuple[list[Report], KeyboardInterrupt | None]:
    """Let Hydra run the cells; a report on each, and whether someone stopped it."""
    cells, alone = todo.grid.cells, todo.launcher == "basic"
    watch = Watch(cells, scratch, todo.quiet)
    told = refused(todo)
    for report in told:
        report.write(report_file(scratch, report.number))
    watch.look()
    if len(told) == len(cells):
        return watch.on_all(), None
    watch.tell()  # what is wrong with some, before hours go into the others
    overrides = [*todo.overrides, *launchers.settings(todo.launcher, todo.overrides)]
    job = Job(
        todo.place.folder.absolute(),
        scratch,
        tuple(cell.name for cell in cells),
        launchers.threads(todo.launcher, overrides, len(cells)),
        alone,
        watch.look if alone else None,
    )
    arguments = [
        f"hydra.sweep.dir={command_line.quoted(str(scratch))}",
        *overrides,
        *todo.flags,
    ]
    stopped = None
    try:
        with launchers.prepared(todo.launcher), watch.running(look=not alone):
            launch(job, arguments, watch)
    # The latter is Ray's own answer to a signal.
    except (KeyboardInterrupt, SystemExit) as end:
        number = end.args[:1] if isinstance(end, KeyboardInterrupt) else [SIGTERM]
        stopped = KeyboardInterrupt(*number)
        if not watch.reports:
            raise stopped from None
    return watch.on_all(), stopped


def launch(job: Job, arguments: Sequence[str], watch: Watch) -> None:
    """Start all jobs, and once more where a process died and others may still get on.

    Raises:
        Exception: Hydra's or the launcher's, if no job could be begun.
    """
    begun = -1
    while begun < (begun := tried(job.scratch)):
        sys.argv[1:] = arguments
        launched(job.scratch)
        try:
            hydra.main(str(config_folder()), "run", "1.3")(job)()
            return
        except Exception as error:
            show_traceback(error)
            failure = error
        watch.look()
    if not watch.reports:
        raise failure
    for cell in watch.missing():
        watch.take(Report(cell.number, "lost", one_line(failure)))
