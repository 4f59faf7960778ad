"""Clips read with PyAV: upright frames in sRGB, at their exact times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from automask.video.clip import Clip, Pixels
from automask.video.pixels import pixels, upright_size
from automask.video.shots import Cuts
from automask.video.wide_color import KINDS

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

GLANCE = 128  # px of the longer side at which cuts are looked for
MISSING = "films need PyAV: pip install 'automask[video]'"


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
    begun: int | None = None
    with opened(path) as (container, stream):
        base = stream.time_base
        source = Decoded(container, stream)
        for at, frame in source:
            begun = at if begun is None else begun
            since = (at - begun) * base
            if since < wanted.start:
                continue
            if wanted.end is not None and since >= wanted.end:
                ahead = True
                break
            if not times:
                size = upright_size(frame, stream.sample_aspect_ratio)
                deep = frame.format.components[0].bits > 8
                notes += _notes(frame, size, wanted)
            times.append(at)
            cuts.take(pixels(frame, *glance(size), deep=False).astype(np.uint8))
    if begun is None:
        raise ValueError(f"no frame of '{path}' can be read")
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
    with opened(clip.path) as (container, stream):
        if first:
            with suppress(pyav().error.FFmpegError):  # some files cannot be sought in
                container.seek(due[0], stream=stream, backward=True)
        for frame in _found(Decoded(container, stream), clip, due):
            yield pixels(frame, clip.width, clip.height, clip.deep)
            due.pop(0)
            if not due:
                return
    raise ValueError(f"'{clip.path}' has changed while it was painted")


def _found(source: Decoded, clip: Clip, due: list[int]) -> Iterator[VideoFrame]:
    """The frames that are due; from the start if a seek went too far."""
    for at, frame in source:
        if at == due[0]:
            yield frame
        elif at > due[0]:
            break
    with opened(clip.path) as (container, stream):
        for at, frame in Decoded(container, stream):
            if at == due[0]:
                yield frame


@contextmanager
def opened(path: str) -> Iterator[tuple[InputContainer, Any]]:
    """A file with its first film.

    Raises:
        ValueError: If there is none.
        OSError: If it cannot be read.
    """
    av = pyav()
    with open(path, "rb"):  # the system's own words where that cannot be
        pass
    try:
        container = av.open(path, metadata_errors="replace")
    except (av.error.FFmpegError, UnicodeError):
        raise ValueError(f"'{path}' is no clip that FFmpeg can read") from None
    with container:
        films = [s for s in container.streams.video if not _is_cover(s)]
        if not films:
            raise ValueError(f"'{path}' holds no film")
        films[0].thread_type = "AUTO"
        yield container, films[0]


def pyav() -> Any:
    """The package, quiet.

    Raises:
        ValueError: If it is not installed.
    """
    try:
        import av
    except ImportError:
        raise ValueError(MISSING) from None
    av.logging.set_level(None)
    os.environ.setdefault("SVT_LOG", "1")  # of an encoder that talks: errors alone
    return av


def _is_cover(stream: Any) -> bool:
    """Whether it is the picture of an album."""
    return bool(stream.disposition & type(stream.disposition).attached_pic)


class Decoded:
    """Frames and their times, in order; what cannot be read is counted.

    Args:
        container: Open.
        stream: Of it.
    """

    def __init__(self, container: InputContainer, stream: Any) -> None:
        self.container, self.stream = container, stream
        self.broken = 0

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        av = pyav()
        last: int | None = None
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except (av.error.EOFError, av.error.PermissionError):
                return
            except av.error.FFmpegError:
                self.broken += 1
                continue
            for frame in frames:
                if frame.pts is None or (last is not None and frame.pts <= last):
                    self.broken += 1
                    continue
                self.broken += frame.is_corrupt
                last = frame.pts
                yield last, frame


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
