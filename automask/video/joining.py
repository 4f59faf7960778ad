"""A film joined of its pieces, with the clip's sound copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

from automask.video.clip import Clip
from automask.video.decoding import packets_of, pyav
from automask.video.encoding import TAKEN, Encoding
from automask.video.writing import EXACT


def joined(
    path: Path, pieces: Sequence[Path], clip: Clip, encoding: Encoding, sound: bool
) -> list[str]:
    """Write a film of its pieces and the clip's sound, copied.

    Args:
        path: Of the film.
        pieces: In order.
        clip: Whose film it is.
        encoding: Of the pieces.
        sound: Whether the clip's is wanted.

    Returns:
        What is to be said of it.
    """
    if not sound:
        _join(path, pieces, clip, encoding, None)
        return []
    with pyav().open(clip.path, metadata_errors="replace") as source:
        heard, note = _heard(source, encoding.suffix)
        try:
            lost = _join(path, pieces, clip, encoding, heard and (source, heard))
        except _refusals():
            if heard is None:
                raise
            _join(path, pieces, clip, encoding, None)
            note = "the sound is left out, for it is broken"
        else:
            if lost:
                note = f"broken packets of the sound are left out: {lost}"
    return [note] if note else []


def _join(
    path: Path, pieces: Sequence[Path], clip: Clip, encoding: Encoding, sound: Any
) -> int:
    """Write a film, perhaps with a file and its sound; returns the packets refused."""
    av, lost = pyav(), 0
    container = encoding.suffix.removeprefix(".").replace("mkv", "matroska")
    with ExitStack() as stack:
        film = stack.enter_context(
            av.open(str(path), "w", format=container, container_options=EXACT)
        )
        first = stack.enter_context(av.open(str(pieces[0])))
        out = film.add_stream_from_template(first.streams.video[0], opaque=True)
        out.time_base = clip.time_base
        streams = [_pictures(pieces, clip, out)]
        if sound:
            source, heard = sound
            others = film.add_stream_from_template(heard, opaque=True)
            streams.append(_sound(source, heard, clip, others))
        film.start_encoding()
        for packet in _merged(streams):
            try:
                film.mux_one(packet)
            except _refusals():
                if packet.stream is out:
                    raise
                lost += 1
    return lost


def _refusals() -> tuple[type[Exception], ...]:
    """What FFmpeg raises of packets that a film cannot hold."""
    error = pyav().error
    return error.InvalidDataError, error.ArgumentError, error.PatchWelcomeError


def _heard(source: Any, suffix: str) -> tuple[Any, str]:
    """The sound that can be copied, and a note where it cannot."""
    if not source.streams.audio:
        return None, ""
    stream = source.streams.audio[0]
    if stream.codec_context is None:
        return None, "the sound is left out, for its codec is not known"
    name = stream.codec_context.name.removesuffix("float").rstrip("_")
    if name not in TAKEN.get(suffix, {name}):
        return None, f"the sound is left out, for {suffix} takes no {name}; .mkv does"
    return stream, ""


def _pictures(pieces: Iterable[Path], clip: Clip, out: Any) -> Iterator[Any]:
    begin, number = clip.times[0], 0
    ends = (*clip.times[1:], clip.times[-1] + clip.pause)
    for piece in pieces:
        with pyav().open(str(piece)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size:
                    packet.pts = packet.dts = clip.times[number] - begin
                    packet.time_base, packet.stream = clip.time_base, out
                    packet.duration = ends[number] - clip.times[number]
                    number += 1
                    yield packet


def _sound(source: Any, heard: Any, clip: Clip, out: Any) -> Iterator[Any]:
    """Packets of the part that is painted, from 0 s on."""
    begin = clip.times[0] * clip.time_base
    end = (clip.times[-1] + clip.pause) * clip.time_base
    last: int | None = None
    for packet in packets_of(source, heard):
        if not packet.size or packet.pts is None:
            continue
        at = packet.pts * packet.time_base
        if at < begin or at >= end or (last is not None and packet.pts <= last):
            continue
        last = packet.pts
        shift = round(begin / packet.time_base)
        packet.pts -= shift
        packet.dts = packet.pts
        packet.stream = out
        yield packet


def _merged(streams: list[Iterator[Any]]) -> Iterator[Any]:
    """Packets of all streams in the order of time."""
    waiting = [(next(stream, None), stream) for stream in streams]
    while waiting := [(p, s) for p, s in waiting if p is not None]:
        index = min(
            range(len(waiting)),
            key=lambda i: Fraction(waiting[i][0].pts) * waiting[i][0].time_base,
        )
        packet, stream = waiting[index]
        yield packet
        waiting[index] = (next(stream, None), stream)
