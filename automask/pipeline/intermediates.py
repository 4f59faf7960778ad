"""The picture as it stood every few steps, in the run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from automask.images.image_files import write_image
from stylize import Step

FOLDER = "steps"


def writing(
    on_step: Callable[[Step], None] | None, folder: Path, every: int
) -> Callable[[Step], None] | None:
    """``on_step``, and every n-th step's picture is written.

    Names sort in the order of time: 1_0010.png, level and step counting from 1.

    Args:
        on_step: What is called after each step.
        folder: Of the run.
        every: n; 0 writes none.
    """
    if not every:
        return on_step
    (folder / FOLDER).mkdir()

    def step(report: Step) -> None:
        if report.iteration % every == 0:
            name = f"{report.level + 1}_{report.iteration:04}.png"
            write_image(folder / FOLDER / name, report.image)
        if on_step is not None:
            on_step(report)

    return step
