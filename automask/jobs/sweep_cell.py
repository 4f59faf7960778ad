"""One cell of a sweep, in whatever process it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from automask.cli.shell_command import run_command
from automask.io.errors import one_line
from automask.io.folders import free_name
from automask.io.locks import beside, locked
from automask.io.terminal import show_traceback, warnings_on_stderr
from automask.jobs.sweep_reports import Report, report_file
from automask.pipeline.checks import check

if TYPE_CHECKING:
    from automask.cache.components import Components
    from automask.cache.store import Cache

TRIES, MARK = 2, ".tries"  # of a cell whose process dies; where they are counted
LAUNCHED = "launched"  # whose time is when all jobs were last started
LOOK, GONE = 1.0, 3  # s between looks for the sweep; looks in vain till it is over
LOST = (
    "its process was lost, perhaps killed for want of memory; "
    "choose a smaller size, or fewer jobs at a time"
)
# Of the sweep that this process works for.
_kept: dict[Path, tuple[Components, Cache]] = {}


@dataclass(frozen=True)
class Job:
    """Hydra's task: paints a cell and reports on it, whether it could or not.

    A cell that is through, or that some process is at, is not begun again: after a
    process is lost, all jobs can simply be started once more. A launcher may end the
    others with it, so a cell that did not come through is tried again with no other
    beside it: what dies then has died of itself.

    Args:
        folder: Of the sweep, absolute; each cell's run folder goes there.
        scratch: For reports, for runs till they are complete, and for masks that other
            processes may read.
        names: Run folder of each cell, by Hydra's number of the job.
        threads: Of torch; None leaves them.
        alone: Whether this is the only job at a time, so that its progress may show.
        told: Called once the report is written; None where processes part them.
    """

    folder: Path
    scratch: Path
    names: tuple[str, ...]
    threads: int | None = None
    alone: bool = True
    told: Callable[[], None] | None = None

    def __call__(self, config: DictConfig) -> None:
        """Do the job that Hydra's configuration tells the number of."""
        number = int(HydraConfig.get().job.num)
        file = report_file(self.scratch, number)
        with suppress(FileNotFoundError):  # the sweep was stopped, its scratch is gone
            with locked(file.with_suffix(".lock")):
                if not file.exists():
                    self._try(config, number, file)
        if self.told is not None:
            self.told()

    def _try(self, config: DictConfig, number: int, file: Path) -> None:
        tries = self.scratch / f"{number}{MARK}"
        before = tries.stat().st_size if tries.exists() else 0
        if before >= TRIES:
            Report(number, "lost", LOST).write(file)
            return
        with beside(self.scratch / "beside.lock", others=before == 0):
            if before and one_died(self.scratch):
                return  # the launcher may be about to end this process too
            with tries.open("a") as marks:
                marks.write("x")
            self._tried(config, number).write(file)

    def _tried(self, config: DictConfig, number: int) -> Report:
        begun, report = perf_counter(), Report(number, "unstarted")
        try:
            with ExitStack() as around:
                around.enter_context(_folder(started_in()))
                around.enter_context(warnings_on_stderr())
                around.enter_context(_leashed(None if self.alone else self.scratch))
                check(config)
                report = replace(report, state="failed")
                report = replace(report, **self._painted(config, number))
        except Exception as error:
            show_traceback(error)
            report = replace(report, error=one_line(error))
        return replace(report, seconds=round(perf_counter() - begun, 3))

    def _painted(self, config: DictConfig, number: int) -> dict[str, Any]:
        """State, folder and picture of a cell."""
        # Late, for torch takes seconds to load and a slip of the pen should not.
        import torch

        from automask.jobs.reuse import earlier_run
        from automask.pipeline.outputs import destination
        from automask.pipeline.paint import paint
        from automask.pipeline.sources import sources_of

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        sources, name = sources_of(config), self.names[number]
        pair = sources.content.name, sources.style_name
        usual = destination(None, *pair, datetime.now())
        if folder := earlier_run(self.folder / name, config, sources, usual.picture):
            return _found("kept", folder, usual.picture)
        config.quiet = config.quiet or not self.alone
        parts, memo = self._kept()
        before = memo.counts.copy()
        where = replace(usual, folder=self.scratch / name)
        with redirect_stdout(StringIO()):  # a line a cell is printed, by the watch
            command = run_command(config, HydraConfig.get())
            result = paint(config, command, parts, where)
        folder = result.folder.rename(free_name(self.folder / name))
        memo_here = {"memo": dict(memo.counts - before)}
        return _found("done", folder, usual.picture) | memo_here

    def _kept(self) -> tuple[Components, Cache]:
        """Encoder and masks of earlier cells, and what was found with them."""
        from automask.cache.cached import caching
        from automask.cache.components import Components
        from automask.cache.store import Cache

        if self.scratch not in _kept:
            _kept.clear()
            memo = Cache(None if self.alone else self.scratch)
            _kept[self.scratch] = Components(wraps=caching(memo)), memo
        return _kept[self.scratch]


def started_in() -> str:
    """The folder that the sweep was started in, whatever its name contains."""
    told: Any = OmegaConf.to_container(HydraConfig.get().runtime, resolve=False)
    return str(told["cwd"])


def tried(scratch: Path) -> int:
    """How often a cell was begun, all in all."""
    return sum(file.stat().st_size for file in scratch.glob(f"*{MARK}"))


def launched(scratch: Path) -> None:
    """Note that all jobs are started now."""
    (scratch / LAUNCHED).touch()


def one_died(scratch: Path) -> bool:
    """Whether a process died since; to be asked while no cell is being tried."""
    since = (scratch / LAUNCHED).stat().st_mtime_ns
    return any(
        mark.stat().st_mtime_ns >= since
        and not report_file(scratch, int(mark.stem)).exists()
        for mark in scratch.glob(f"*{MARK}")
    )


def _found(state: str, folder: Path, name: str) -> dict[str, Any]:
    picture = folder / name
    there = str(picture) if picture.exists() else None
    return {"state": state, "folder": str(folder), "picture": there}


@contextmanager
def _leashed(scratch: Path | None) -> Iterator[None]:
    """End this process where the sweep is over; its launcher may not see to that."""
    over = Event()

    def watch() -> None:
        gone = 0
        while gone < GONE and not over.wait(LOOK):
            gone = 0 if scratch is None or scratch.exists() else gone + 1
        if gone == GONE:
            os._exit(1)

    if scratch is not None:
        Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


@contextmanager
def _folder(path: str) -> Iterator[None]:
    """Work where the sweep was started: file names are relative to it."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
