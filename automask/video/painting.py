"""Painting a piece of a shot: key frames, and the frames in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from automask.video.film_painter import FilmPainter, film_painter
from automask.video.flow import motion
from automask.video.kept_frames import FRAME, KEY, Frames, Kept, carried_frame, rounded
from automask.video.key_frame import State, alone, first_key, next_key, painting_of
from automask.video.window import Ahead, carry_back, carry_on

__all__ = [
    "FilmPainter",
    "Frames",
    "Kept",
    "Passes",
    "State",
    "film_painter",
    "paint_piece",
]

MOST_EVERY = 24  # frames: a second, in which much may come and go
MUCH, MOST = 0.3, 0.7  # of a frame that is new, so that it is a key frame; of 2 passes
CARRIED = 0.3  # of the work on a frame that is done once it is carried

OnFrame = Callable[[float, Tensor], None]
"""Told of each painting what share of the piece's work is done by then."""


@dataclass(frozen=True)
class Passes:
    """How a piece is painted.

    Args:
        every: Frames from one key frame to the next at most; those between are made
            of the two paintings about them.
        passes: 2 goes on to the end first: what comes into view is painted as late as
            can be, when most of it is seen, and carried back from there.
    """

    every: int = MOST_EVERY
    passes: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MOST_EVERY:
            raise ValueError(
                f"every must be from 1 to {MOST_EVERY} frames, got {self.every}"
            )
        if self.passes not in (1, 2):
            raise ValueError(f"passes must be 1 or 2, got {self.passes}")


def paint_piece(
    painter: FilmPainter,
    frames: Frames,
    state: State | None,
    how: Passes,
    kept: Kept,
    on_frame: OnFrame | None = None,
) -> Iterator[tuple[Tensor, State]]:
    """Paint a piece of a shot; its last frame is a key frame.

    Args:
        painter: Of the film.
        frames: Of the piece, at least one.
        state: That the piece before it ended with; None for the first of a shot.
        how: Which frames are painted.
        kept: What an earlier try that was stopped has kept.
        on_frame: Told of each painting.

    Yields:
        The paintings in order, (1, 3, H, W) in [0, 1], each with a state. The last
        one's is that from which the next piece goes on.
    """
    tell = on_frame or _silent
    if painter.carries:
        paintings = _carrying(painter, frames, state, how, kept, tell)
    else:
        paintings = _each_alone(painter, frames, state)
    for number, (image, after) in enumerate(paintings, 1):
        tell(number / len(frames), image)
        yield image, after


def _each_alone(
    painter: FilmPainter, frames: Frames, state: State | None
) -> Iterator[tuple[Tensor, State]]:
    """Frames of colours alone: there are no strokes to be carried."""
    for number in range(len(frames)):
        frame = frames[number]
        flow = None if state is None else motion(frame, state["frame"])
        image, state = alone(painter, frame, state, flow)
        yield image, state


def _carrying(
    painter: FilmPainter,
    frames: Frames,
    state: State | None,
    how: Passes,
    kept: Kept,
    tell: OnFrame,
) -> Iterator[tuple[Tensor, State]]:
    """From key frame to key frame."""
    first, count = 0, len(frames)
    if state is None:
        state, first = first_key(painter, frames[0]), 1
        yield painter.finished(rounded(painting_of(state)), frames[0]), state

    def told(number: int, image: Tensor) -> None:
        tell((first + CARRIED * (number + 1 - first)) / count, image)

    ahead = Ahead(how.every, MUCH) if how.passes == 1 else Ahead(count, MOST)
    while first < count:
        key, along = carry_on(frames, first, state, kept, ahead, told)
        found = kept.load(KEY.format(key))
        if found is None:
            state, changed = next_key(painter, frames[key], along, state)
            if how.passes == 2:  # a long piece
                kept.save(KEY.format(key), {"state": state, "changed": changed})
        else:
            state, changed = found["state"], found["changed"]
        carry_back(painter, frames, first, key, state, changed, kept)
        for number in range(first, key):
            image = carried_frame(kept, number).image
            yield painter.finished(image, frames[number]), state
        image = rounded(painting_of(state))
        yield painter.finished(image, frames[key]), state
        for number in range(first, key + 1):
            kept.drop(FRAME.format(number))
        first = key + 1
    for number in range(count):
        kept.drop(KEY.format(number))


def _silent(share: float, image: Tensor) -> None:
    """Tell nobody."""
