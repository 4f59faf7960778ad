"""How far a film is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from automask.io.terminal import say

if TYPE_CHECKING:
    from torch import Tensor

PREVIEW = 2.0  # s between two pictures of how far it is
ASK = 1.0  # s between two looks at what other processes have done
LINE = 10.0  # s between two lines


@dataclass
class Watch:
    """Counts painted frames, and shows how far the film is.

    Args:
        total: All frames.
        done: Painted so far; before this start, at first.
        preview: A picture of the last one.
        bar: On a terminal.
        task: Of the bar.
        says: Whether lines are printed.
    """

    total: int
    done: float
    preview: Path | None = None
    bar: Progress | None = None
    task: Any = None
    says: bool = False
    _begun: float | None = None  # when the first frame was painted
    _before: float = 0.0
    _shown: float = 0.0
    _said: float = field(default_factory=monotonic)

    def painted(self, frames: float, image: Tensor) -> None:
        """Work of so many frames was done.

        Args:
            frames: Not always whole ones.
            image: (1, 3, H, W) the last painting in [0, 1].
        """
        self.at(self.done + frames)
        now = monotonic()
        if self.preview is not None and now - self._shown >= PREVIEW:
            from automask.images.image_files import write_image

            self._shown = now
            write_image(self.preview, image)

    def at(self, done: float) -> None:
        """So many frames of all are painted."""
        if self._begun is None and done > self.done:
            self._begun, self._before = monotonic(), done
        new, self.done = round(done) != round(self.done), done
        if self.bar is not None:
            self.bar.update(self.task, completed=int(done), description=str(self))
        elif (
            self.says
            and new
            and (monotonic() - self._said >= LINE or round(done) == self.total)
        ):
            self._said = monotonic()
            told = f"{round(done)}/{self.total} frames", str(self)
            say(", ".join(filter(None, told)))

    @contextmanager
    def asking(self, done: Callable[[], float]) -> Iterator[None]:
        """Shows how far other processes are.

        Args:
            done: Frames of all that are painted.
        """
        ended = Event()

        def ask() -> None:
            while not ended.wait(ASK):
                self.at(done())

        thread = Thread(target=ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        self.at(done())

    def __str__(self) -> str:
        """Frames a minute, and the time left; nothing before that is known.

        What went before the first frame is not counted: networks were loaded.
        """
        if self._begun is None or self.done <= self._before:
            return ""
        rate = 60 * (self.done - self._before) / max(monotonic() - self._begun, 1e-9)
        left = round(60 * (self.total - self.done) / max(rate, 1e-9))
        hours, minutes = divmod(left // 60, 60)
        clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
        return f"{rate:.0f} frames/min, {clock}:{left % 60:02} left"


@contextmanager
def watching(
    total: int, done: float, quiet: bool, preview: str | None
) -> Iterator[Watch]:
    """What is told of each painted frame.

    Args:
        total: All frames.
        done: Painted by earlier starts.
        quiet: Whether to show nothing.
        preview: File for a picture of the last one; None: none.
    """
    place = None if preview is None else Path(preview)
    if quiet or not sys.stderr.isatty():
        yield Watch(total, done, place, says=not quiet)
        return
    description = TextColumn("{task.description}")
    columns = TextColumn("painting"), BarColumn(), MofNCompleteColumn(), description
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, completed=int(done))
        yield Watch(total, done, place, bar, task)


@contextmanager
def looking(quiet: bool) -> Iterator[None]:
    """Says on a terminal that the clip is looked through, which takes a while."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status("looking for cuts"):
        yield
