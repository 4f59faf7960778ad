"""How far a batch or sweep is: a bar on a terminal, a line for each item elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from automask.io.terminal import say, shown
from automask.jobs.outcome import Outcome

Show = Callable[[Outcome], None]


@dataclass
class Pace:
    """Pictures per minute since the first could begin.

    Args:
        total: All items.
        before: Of these, how many were dealt with earlier.
        begun: perf_counter() at the start.
        now: Dealt with since.
    """

    total: int
    before: int
    begun: float
    now: int = 0

    def __str__(self) -> str:
        rate = 60 * self.now / max(perf_counter() - self.begun, 1e-9)  # a minute
        left = (self.total - self.done) / rate if rate else 0.0
        return f"{rate:.1f} images/min, {_duration(60 * left)} left"

    @property
    def done(self) -> int:
        """Dealt with in all."""
        return self.before + self.now


@contextmanager
def reporting(total: int, before: int, quiet: bool) -> Iterator[Show]:
    """A function to be told of each outcome.

    Args:
        total: All items.
        before: Of these, how many were dealt with earlier.
        quiet: Whether to show failures alone.
    """
    pace = Pace(total, before, perf_counter())
    if quiet or not sys.stderr.isatty():
        out, errors = sys.stdout, sys.stderr  # an engine may hush what others print

        def log(outcome: Outcome) -> None:
            pace.now += 1
            if outcome.reason or not quiet:
                say(_line(outcome, pace), errors if outcome.reason else out)

        yield log
        return
    description = TextColumn("{task.description}")
    columns = TextColumn("painting"), BarColumn(), MofNCompleteColumn(), description
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, completed=before)

        def show(outcome: Outcome) -> None:
            pace.now += 1
            bar.update(task, completed=pace.done, description=str(pace))
            if outcome.reason:
                bar.console.print(escape(shown(_line(outcome, pace))), highlight=False)

        yield show


def _line(outcome: Outcome, pace: Pace) -> str:
    """An outcome in a form that scripts may rely on."""
    item, count = outcome.item, f"{pace.done}/{pace.total}"
    if outcome.reason:
        title = " ".join(filter(None, (item.content, item.variant)))
        return f"{count} failed {title}: {outcome.reason}"
    return f"{count} done {item.name} {outcome.seconds:.1f} s, {pace}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
