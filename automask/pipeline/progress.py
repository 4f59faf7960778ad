"""A progress bar with level, size, iteration and time left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stylize import Step


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[Step], None] | None]:
    """A function to be told of each step, or None where no bar is wanted.

    Args:
        shown: Whether someone is watching the terminal.
    """
    if not shown:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("painting", total=1.0)

        def show(step: Step) -> None:
            text = (
                f"level {step.level + 1}/{step.levels}  {step.width}x{step.height} px  "
                f"iteration {step.iteration}/{step.iterations}"
            )
            bar.update(task, completed=share_done(step), description=text)

        yield show


def share_done(step: Step) -> float:
    """Share of all work that is behind us: a level costs four times the one before."""
    below = sum(4.0**level for level in range(step.level))
    everything = sum(4.0**level for level in range(step.levels))
    return (below + 4.0**step.level * step.iteration / step.iterations) / everything
