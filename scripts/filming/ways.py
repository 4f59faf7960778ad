"""A clip painted as a film, frame by frame alone, and by carrying the first alone."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time

from torch import Tensor

from automask.video.flow import find_flow, warp
from automask.video.key_frame import alone as painted_alone
from automask.video.painting import FilmPainter, Frames, Passes, paint_piece


@dataclass(frozen=True)
class Film:
    """Paintings of a clip.

    Args:
        images: (1, 3, H, W) each.
        seconds: Of one core, of each but the first.
    """

    images: list[Tensor]
    seconds: list[float]


class InMemory:
    """Keeps what a second pass needs in memory."""

    def __init__(self) -> None:
        self.values: dict[str, dict] = {}

    def load(self, name: str) -> dict | None:
        """What was saved."""
        return self.values.get(name)

    def save(self, name: str, values: dict) -> None:
        """Keep it."""
        self.values[name] = values

    def drop(self, name: str) -> None:
        """Forget it."""
        self.values.pop(name, None)


def film(painter: FilmPainter, frames: Frames, how: Passes) -> Film:
    """Each from the last."""
    images, times, begun = [], [], process_time()
    for image, _ in paint_piece(painter, frames, None, how, InMemory()):
        now = process_time()
        images.append(image)
        times.append(now - begun)
        begun = now
    return Film(images, times[1:] if how.passes == 1 else [sum(times) / len(times)])


def alone(painter: FilmPainter, frames: Frames) -> Film:
    """Each by itself."""
    images, times = [], []
    for number in range(len(frames)):
        begun = process_time()
        images.append(painted_alone(painter, frames[number], None, None)[0])
        times.append(process_time() - begun)
    return Film(images, times)


def carried(first: Tensor, frames: Frames) -> Film:
    """The first one along the motion from frame to frame, and nothing else."""
    images, times = [first], []
    for number in range(1, len(frames)):
        begun = process_time()
        flow = find_flow(frames[number], frames[number - 1])
        images.append(warp(images[-1], flow.vectors).clamp(0, 1))
        times.append(process_time() - begun)
    return Film(images, times)
