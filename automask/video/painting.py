"""Painting a piece of a shot: its frames in order, some of them in between others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from automask.video.backward import BACK, FORWARD, Kept, carry_back, keep, loaded
from automask.video.film_painter import FilmPainter, film_painter
from automask.video.flow import Flow, motion, through
from automask.video.frame_by_frame import State, next_frame, painted_along, painting_of
from automask.video.in_between import Frames, in_between

__all__ = [
    "FilmPainter",
    "Frames",
    "Kept",
    "Passes",
    "State",
    "film_painter",
    "next_frame",
    "paint_piece",
]

MOST_EVERY = 12  # frames: their motion is held in memory
FIRST_PASS = 0.8  # of the work of two passes
PROGRESS = "progress"  # the name under which the last state of a forward pass is kept

OnFrame = Callable[[float, Tensor], None]
"""Told of each painting what share of the piece's work is done by then."""


@dataclass(frozen=True)
class Passes:
    """How a piece is painted.

    Args:
        every: Each so manieth frame is painted; those between are made of the two
            paintings about them.
        passes: 2 goes back as well, so that what comes into view is seen from its first
            frame as it was painted once all of it was there.
    """

    every: int = 1
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
    """Paint a piece of a shot.

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
    keys = key_frames(len(frames), how.every, begins=state is None)
    if how.passes == 1:
        paintings = _forward(painter, frames, state, keys)
    else:
        paintings = _both_ways(painter, frames, state, keys, kept, tell)
    last = None if state is None else (-1, state["frame"], painting_of(state))
    for number, image, known in paintings:
        frame = frames[number]
        if last is not None:
            first, before, start = last
            between = in_between(frames, first, number, before, (start, image))
            for missing, each in enumerate(between, first + 1):
                yield painter.finished(each, frames[missing]), known
        tell((number + 1) / len(frames), image)
        yield painter.finished(image, frame), known
        last = number, frame, image


def key_frames(count: int, every: int, *, begins: bool) -> list[int]:
    """Numbers of the frames that are painted, the piece's last one among them.

    Args:
        count: Frames of the piece.
        every: Frames from one to the next.
        begins: Whether the shot begins here, so that there is none just before.
    """
    keys = range(0 if begins else every - 1, count, every)
    return sorted({*keys, count - 1})


def _forward(
    painter: FilmPainter,
    frames: Frames,
    state: State | None,
    keys: Sequence[int],
    before: int = -1,
) -> Iterator[tuple[int, Tensor, State]]:
    """Paint key frames in order, each from the one before.

    Args:
        painter: Of the film.
        frames: Of the piece.
        state: Of the last frame that was painted.
        keys: Numbers of those to be painted.
        before: Number of the one that the state is of; -1 is the one before the piece.

    Yields:
        Number, painting before it is finished, and state.
    """
    for number in keys:
        if state is None:
            _, state = next_frame(painter, frames[number], None)
        else:
            flow = _motion_between(frames, before, number, state["frame"])
            _, state = painted_along(painter, frames[number], state, flow)
        yield number, painting_of(state), state
        before = number


def _both_ways(
    painter: FilmPainter,
    frames: Frames,
    state: State | None,
    keys: Sequence[int],
    kept: Kept,
    tell: OnFrame,
) -> Iterator[tuple[int, Tensor, State]]:
    """As forward, with what came into view carried back; the state is the last one."""
    known, before = kept.load(PROGRESS), -1
    if known is not None:
        state, before = known["state"], known["number"]
    left = [key for key in keys if key > before]
    for number, image, now in _forward(painter, frames, state, left, before):
        keep(kept, FORWARD.format(number), image, now["sketched"])
        kept.save(PROGRESS, {"number": number, "state": now})
        tell(FIRST_PASS * (number + 1) / len(frames), image)
        state = now
    assert state is not None
    if loaded(kept, BACK.format(keys[0])) is None:
        for image in carry_back(frames, keys, kept):
            tell(FIRST_PASS, image)
    for number in keys:
        found = loaded(kept, BACK.format(number))
        assert found is not None
        yield number, found[0], state


def _motion_between(frames: Frames, first: int, last: int, start: Tensor) -> Flow:
    """From a frame back to an earlier one, through those in between."""
    total, earlier = None, start
    for number in range(first + 1, last + 1):
        frame = frames[number]
        step = motion(frame, earlier)
        total = step if total is None else through(step, total)
        earlier = frame
    assert total is not None
    return total


def _silent(share: float, image: Tensor) -> None:
    """Tell nobody."""
