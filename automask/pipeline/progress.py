"""What a person sees while a picture is painted: a bar, and intermediate pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from automask.images.image_files import write_image
from stylize import Step

FOLDER = "steps"  # of a run, for its intermediate pictures
OVERHEAD = 1.6e5  # of each step, in px ** 1.25: measured from 64 to 1024 px
FEWER = 0.6  # steps of a level to those of the one before, about


@contextmanager
def progress_bar(
    shown: bool, on_step: Callable[[Step], None] | None = None
) -> Iterator[Callable[[Step], None] | None]:
    """``on_step`` with a bar that moves at each step, or as it is where none is wanted.

    Args:
        shown: Whether someone is watching the terminal.
        on_step: What else is called after each step.
    """
    if not shown:
        yield on_step
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
            if on_step is not None:
                on_step(step)

        yield show


def share_done(step: Step) -> float:
    """Share of all work that is behind us, by what levels usually take."""
    costs = [_cost(step, level) for level in range(step.levels)]
    below = sum(costs[: step.level])
    return (below + costs[step.level] * step.iteration / step.iterations) / sum(costs)


def _cost(step: Step, level: int) -> float:
    """Time that a level takes, beside others: finer ones have fewer, longer steps."""
    px = step.height * step.width * 4.0 ** (level - step.level)
    return (px**1.25 + OVERHEAD) * FEWER**level


def writing(folder: Path, every: int) -> Callable[[Step], None] | None:
    """Writes every n-th step's picture.

    Names sort in the order of time: 1_0010.png, level and step counting from 1.

    Args:
        folder: Of the run.
        every: n; 0 writes none.
    """
    if not every:
        return None
    (folder / FOLDER).mkdir()

    def step(report: Step) -> None:
        if report.iteration % every == 0:
            name = f"{report.level + 1}_{report.iteration:04}.png"
            write_image(folder / FOLDER / name, report.image)

    return step
