"""What each cell reports, whatever process it runs in, and who reads it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from automask.io.terminal import say, tell
from automask.jobs.sweep_grid import Cell

INTERVAL = 0.3  # s between looks at what other processes report
FAILED = ("failed", "unstarted", "lost")


@dataclass(frozen=True)
class Report:
    """What became of a cell.

    Args:
        number: Of the cell.
        state: "done", "kept" from an earlier sweep, "failed", "unstarted" if its
            configuration was refused, "lost" if its process died, "not run".
        error: Why it failed, in one line.
        folder: Its run folder.
        picture: In that folder; None where it stopped after the masks.
        seconds: Wall time.
        memo: How many masks and features were made and reused.
    """

    number: int
    state: str
    error: str = ""
    folder: str | None = None
    picture: str | None = None
    seconds: float = 0.0
    memo: dict[str, int] = field(default_factory=dict)

    def write(self, file: Path) -> None:
        """Write it whole: someone may be looking."""
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(file)

    @property
    def failed(self) -> bool:
        """Whether the cell was tried and there is no picture."""
        return self.state in FAILED

    def record(self) -> dict[str, Any]:
        """The run.json of its folder; empty if it has none."""
        if self.folder is None:
            return {}
        record = json.loads((Path(self.folder) / "run.json").read_bytes())
        assert isinstance(record, dict)
        return record


def report_file(scratch: Path, number: int) -> Path:
    """Where a cell's report goes."""
    return scratch / f"{number}.report"


class Watch:
    """Prints a line for each cell that is through.

    Args:
        cells: All of them.
        scratch: Where their reports appear.
        quiet: Whether only errors are printed.
    """

    def __init__(self, cells: Sequence[Cell], scratch: Path, quiet: bool) -> None:
        self.cells, self.scratch, self.quiet = cells, scratch, quiet
        self.reports: dict[int, Report] = {}
        self._held: list[Report] = []
        self._lock = threading.RLock()
        self._said, self._begun, self._out = 0, perf_counter(), sys.stdout

    def look(self) -> None:
        """Read the reports that have come in, in the order of the cells."""
        with self._lock:
            for cell in self.missing():
                file = report_file(self.scratch, cell.number)
                if file.exists():
                    self.take(Report(**json.loads(file.read_text())))

    def take(self, report: Report) -> None:
        """Note what became of a cell, and say so.

        What was refused at once waits until another cell gets on: where none does,
        the reason is worth one line in all.
        """
        with self._lock:
            self.reports[report.number] = report
            self._held.append(report)
            if any(each.state != "unstarted" for each in self.reports.values()):
                self.tell()

    def tell(self) -> None:
        """Say what has waited: some cell gets on, or is about to."""
        with self._lock:
            for each in self._held:
                self._say(each)
            self._held.clear()

    def missing(self) -> list[Cell]:
        """Cells without a report."""
        return [cell for cell in self.cells if cell.number not in self.reports]

    def on_all(self) -> list[Report]:
        """A report on each cell, be it that it was not run."""
        for cell in self.missing():
            self.reports[cell.number] = Report(cell.number, "not run", "not run")
        return [self.reports[cell.number] for cell in self.cells]

    @contextmanager
    def running(self, look: bool) -> Iterator[None]:
        """Look now and then while the block runs, and once more at its end.

        Args:
            look: False where the jobs call ``look`` themselves.
        """
        ended = threading.Event()
        thread = threading.Thread(target=self._look_till, args=(ended,), daemon=True)
        if look:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if look:
                thread.join()
            self.look()

    def _look_till(self, ended: threading.Event) -> None:
        while not ended.wait(INTERVAL):
            self.look()

    def _say(self, report: Report) -> None:
        self._said += 1
        title = self.cells[report.number].title
        if report.failed:
            name = f"{title}: " if title else ""
            tell(f"{name}{report.error}")
        if not self.quiet:
            number = f"{self._said}/{len(self.cells)}"
            took = f"{report.seconds:.1f} s" if report.state == "done" else report.state
            parts = [number, title, took, self._left()]
            say("  ".join(filter(None, parts)), self._out)

    def _left(self) -> str:
        """How long the other cells will take, going by those before."""
        run = self._said - sum(r.state == "kept" for r in self.reports.values())
        left = len(self.cells) - self._said
        if not (run and left):
            return ""
        return f"{_spoken((perf_counter() - self._begun) / run * left)} left"


def _spoken(seconds: float) -> str:
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"about {max(1, round(seconds / unit))} {name}"
    return f"about {seconds / 3600:.1f} h"
