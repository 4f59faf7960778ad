"""Clips decoded with PyAV, from any time on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av import VideoFrame

AHEAD = (1, 10)  # s before a frame that a key frame is sought, for seeks land late
MISSING = "films need PyAV: pip install 'automask[video]'"


@contextmanager
def decoded(path: str, at: int | None) -> Iterator[Decoded]:
    """A file's frames from a key frame on.

    They are the very frames that decoding from the beginning gives.

    Args:
        path: Of the file.
        at: A time, in the film's time base, that they reach from; None: from its
            beginning, as where it cannot be sought.

    Raises:
        ValueError: If it holds no film.
        OSError: If it cannot be read.
    """
    if at is not None:
        for ahead in AHEAD:
            with _opened(path) as source:
                if source.seek(at, ahead):
                    yield source
                    return
    with _opened(path) as source:
        yield source


def first_time(path: str) -> tuple[int, Fraction]:
    """When a file's first frame is shown, and the time base of that.

    Raises:
        ValueError: If it holds no film.
        OSError: If it cannot be read.
    """
    with _opened(path) as source:
        for at, _ in source:
            return at, source.stream.time_base
        if source.undated:
            raise ValueError(
                f"'{path}' does not say when its frames are shown; make a clip of it "
                f"first: ffmpeg -i {path} clip.mp4"
            )
    raise ValueError(f"no frame of '{path}' can be read")


@contextmanager
def _opened(path: str) -> Iterator[Decoded]:
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
        source = Decoded(container, films[0])
        try:
            yield source
        finally:
            source.close()


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


def packets_of(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of a stream, as far as they can be read."""
    broken = pyav().error.FFmpegError
    while True:
        try:
            yield from container.demux(stream)
            return
        except IndexError:  # of a further stream, which a broken file seems to have
            continue
        except broken:
            return


class Decoded:
    """Frames and their times, in order; what cannot be read is counted.

    Args:
        container: Open.
        stream: Of it.
    """

    def __init__(self, container: Any, stream: Any) -> None:
        self.container, self.stream = container, stream
        self.scaler = pyav().video.reformatter.VideoReformatter()
        self.broken = 0
        self.undated = False
        self._frames = self._decoded()

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        return self._frames

    def seek(self, at: int, ahead: int) -> bool:
        """Go to a key frame; false if none can be found that is not too late.

        What is shown from a key frame on needs no frame before it.

        Args:
            at: The latest time of it.
            ahead: s before that at which it is sought.
        """
        try:
            begin = at - int(ahead / self.stream.time_base)
            self.container.seek(begin, stream=self.stream, backward=True)
        except pyav().error.FFmpegError:
            return False
        # A program stream is cut anywhere, which misdates the frames up to the next.
        keys = 2 if self.container.format.name == "mpeg" else 1
        for time, frame in self._frames:
            if time > at:
                break
            keys -= frame.key_frame and not frame.is_corrupt
            if not keys:
                self._frames = chain([(time, frame)], self._frames)
                self.broken = 0
                return True
        return False

    def close(self) -> None:
        """Let go of the frames: they would hold this, and this them."""
        self._frames = iter(())

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        av = pyav()
        last: int | None = None
        for packet in packets_of(self.container, self.stream):
            try:
                frames = packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.broken += 1
                continue
            for frame in frames:
                time = self._time(frame, last)
                self.undated |= time is None
                if time is None or (last is not None and time <= last):
                    self.broken += 1
                    continue
                self.broken += frame.is_corrupt
                last = time
                yield time, frame

    def _time(self, frame: VideoFrame, last: int | None) -> int | None:
        """When a frame is shown."""
        if self.container.format.name != "avi":
            return frame.pts
        # AVI holds no times, and FFmpeg's guess is wrong where frames are reordered.
        return frame.dts if frame.dts is not None else (last or 0) + 1
