"""Clips looked through, and their frames: upright, in sRGB, at their exact times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from automask.video.clip import Clip, Pixels
from automask.video.decoding import decoded, first_time
from automask.video.pixels import pixels, upright_size
from automask.video.shots import Cuts
from automask.video.wide_color import KINDS

if TYPE_CHECKING:
    from av import VideoFrame

GLANCE = 128  # px of the longer side at which cuts are looked for


@dataclass(frozen=True)
class Wanted:
    """Which part of a clip is painted, and how large.

    Args:
        size: Longer side, px; None: its own.
        start: s from its first frame.
        end: s likewise, left out itself; None: to its end.
        even: Whether width and height are to be even, as codecs want them.
    """

    size: int | None = None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    even: bool = True

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the painted frames."""
        longer = max(width, height)
        scale = Fraction(self.size or longer, longer)
        sides = (max(1, round(side * scale)) for side in (width, height))
        if not self.even:
            return tuple(sides)  # type: ignore[return-value]
        return tuple(max(2, side - side % 2) for side in sides)  # type: ignore[return-value]


def scanned(path: str, wanted: Wanted) -> Clip:
    """Look through a clip once: the times of its frames, and its cuts.

    Args:
        path: Of its file.
        wanted: Which part, and how large.

    Raises:
        ValueError: If it holds no film, or nothing of the part that is wanted.
    """
    times: list[int] = []
    notes: list[str] = []
    cuts, size, deep, ahead = Cuts(), (0, 0), False, False
    begun, base = first_time(path)
    sought = begun + ceil(wanted.start / base) if wanted.start else None
    with decoded(path, sought) as source:
        for at, frame in source:
            since = (at - begun) * base
            if since < wanted.start:
                continue
            if wanted.end is not None and since >= wanted.end:
                ahead = True
                break
            if not times:
                size = upright_size(frame, source.stream.sample_aspect_ratio)
                deep = frame.format.components[0].bits > 8
                notes += _notes(frame, size, wanted)
            times.append(at)
            small = pixels(frame, *glance(size), deep=False, scaler=source.scaler)
            cuts.take(small.astype(np.uint8))
    if not times:
        raise ValueError(
            f"start={float(wanted.start):g} is beyond the last frame of '{path}', "
            f"at {float(since):.3f} s"
        )
    if len(times) == 1 and not ahead and begun == times[0]:
        raise ValueError(f"'{path}' is a single picture; paint it with automask")
    return Clip(
        path,
        *wanted.fitted(*size),
        deep,
        base,
        tuple(times),
        cuts.found(),
        source.broken,
        tuple(notes),
    )


def frames_of(clip: Clip, first: int, count: int) -> Iterator[Pixels]:
    """Frames of a clip.

    Args:
        clip: As it was scanned.
        first: Index of the first.
        count: How many.

    Raises:
        ValueError: If the file has changed since.
    """
    due = list(clip.times[first : first + count])
    for sought in (due[0], None):  # from the beginning if that did not find them
        with decoded(clip.path, sought) as source:
            for at, frame in source:
                if at > due[0]:
                    break
                if at == due[0]:
                    sides = clip.width, clip.height
                    yield pixels(frame, *sides, clip.deep, source.scaler)
                    due.pop(0)
                    if not due:
                        return
    raise ValueError(f"'{clip.path}' has changed while it was painted")


def glance(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height at which cuts are looked for."""
    return Wanted(GLANCE, even=False).fitted(*size)


def _notes(frame: VideoFrame, size: tuple[int, int], wanted: Wanted) -> Iterator[str]:
    if kind := KINDS.get(int(frame.color_trc)):
        yield f"high dynamic range ({kind}): what is brighter than white is dimmed"
    if frame.format.name.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap")):
        yield "transparency is ignored"
    whole = replace(wanted, even=False).fitted(*size)
    if whole != wanted.fitted(*size):
        cut = "x".join(map(str, wanted.fitted(*size)))
        yield f"the film is {cut} px, for its codec takes even sides alone"
