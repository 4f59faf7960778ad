"""Films written with PyAV: pieces encoded by themselves, then joined with the sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automask.video.clip import Clip
from automask.video.reading import pyav

if TYPE_CHECKING:
    from torch import Tensor

EXACT = {"fflags": "+bitexact"}  # no random numbers and no versions in the file
BT709, VIDEO_RANGE = 1, 1  # as ITU-T H.273 and FFmpeg count them


@dataclass(frozen=True)
class Codec:
    """How frames are encoded.

    Args:
        encoders: Of FFmpeg, the first that is there is taken.
        formats: Of pixels, by bits a channel.
        crf: Usual quality, less is better; None: it is lossless.
        options: Of the encoder. It decides the same way each time, and no frame waits
            for a later one, so that pieces can be joined.
    """

    encoders: Sequence[str]
    formats: Mapping[int, str]
    crf: int | None
    options: Mapping[str, str] = field(default_factory=dict)


H264 = Codec(
    ("libx264",), {8: "yuv420p", 10: "yuv420p10le"}, 17, {"bf": "0", "preset": "medium"}
)
WEB = Codec(
    ("libsvtav1", "libvpx-vp9"),
    {8: "yuv420p", 10: "yuv420p10le"},
    24,
    {"svtav1-params": "lp=1:pred-struct=1", "preset": "6"},
)
VP9 = Codec(
    ("libvpx-vp9",),
    {8: "yuv420p"},
    22,
    {
        "b": "0",
        "row-mt": "0",
        "cpu-used": "3",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
    },
)
LOSSLESS = Codec(("ffv1",), {8: "bgr0", 10: "gbrp10le"}, None, {"level": "3"})
CODECS = {".mp4": H264, ".mov": H264, ".webm": VP9, ".mkv": LOSSLESS}
NAMED = {"h264": H264, "vp9": VP9, "av1": WEB, "ffv1": LOSSLESS}
TAKEN = {  # codecs that a kind of file takes
    ".webm": {"vp9", "av1", "opus", "vorbis"},
    ".mp4": {"h264", "vp9", "av1", "aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"},
    ".mov": {"h264", "aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s24le"},
}
PIECE = ".nut"  # takes any codec and any time base


@dataclass(frozen=True)
class Encoding:
    """How a film is encoded.

    Args:
        suffix: Of its file.
        bits: A channel: 8 or 10.
        codec: h264, vp9, av1 or ffv1; None: the usual one of the suffix.
        crf: Quality of lossy codecs; None: the usual one.
    """

    suffix: str
    bits: int = 8
    codec: str | None = None
    crf: float | None = None

    def __post_init__(self) -> None:
        if self.suffix not in CODECS:
            kinds = ", ".join(CODECS)
            raise ValueError(
                f"a film's name ends in {kinds}, or is that of a folder; got "
                f"'{self.suffix}'"
            )
        if self.codec is not None and self.codec not in NAMED:
            raise ValueError(
                f"codec must be one of {', '.join(NAMED)}, got {self.codec}"
            )
        name = self.codec or next(n for n, c in NAMED.items() if c == self.chosen)
        if name not in TAKEN.get(self.suffix, {name}):
            raise ValueError(f"{self.suffix} takes no {name}; .mkv takes any codec")
        if self.bits not in self.chosen.formats:
            raise ValueError(f"codec {name} has no {self.bits} bits here")

    @property
    def chosen(self) -> Codec:
        """The codec."""
        return NAMED[self.codec] if self.codec else CODECS[self.suffix]

    @property
    def lossless(self) -> bool:
        """Whether nothing is lost."""
        return self.chosen.crf is None

    def encoder(self) -> str:
        """The first encoder that this FFmpeg has, for that many bits.

        Raises:
            ValueError: If it has none.
        """
        av = pyav()
        for name in self.chosen.encoders:
            try:
                found = av.codec.Codec(name, "w")
            except ValueError:
                continue
            formats = {each.name for each in found.video_formats or []}
            if self.chosen.formats[self.bits] in formats:
                return name
        raise ValueError(
            f"this PyAV has no {' or '.join(self.chosen.encoders)} for {self.bits} "
            "bits; choose another codec= or out=NAME.mp4"
        )


class Encoder:
    """Writes the frames of one piece; whole once the block has ended.

    Args:
        path: Of the piece.
        clip: Whose times the frames have.
        encoding: How.
    """

    def __init__(self, path: Path, clip: Clip, encoding: Encoding) -> None:
        self.clip, self.encoding = clip, encoding
        self._open = ExitStack()
        self._container = self._open.enter_context(
            pyav().open(str(path), "w", format="nut", container_options=EXACT)
        )
        self._stream = self._added()

    def _added(self) -> Any:
        codec, encoding = self.encoding.chosen, self.encoding
        rate = self.clip.rate.limit_denominator(1001 * 60)
        stream = self._container.add_stream(encoding.encoder(), rate=rate)
        stream.width, stream.height = self.clip.width, self.clip.height
        stream.pix_fmt = codec.formats[encoding.bits]
        context = stream.codec_context
        stream.time_base = context.time_base = self.clip.time_base
        context.thread_count = 1  # more would make other bytes
        context.gop_size = 48
        options = dict(codec.options)
        if codec.crf is not None:
            options["crf"] = str(codec.crf if encoding.crf is None else encoding.crf)
            context.color_range, context.colorspace = VIDEO_RANGE, BT709
            context.color_primaries = context.color_trc = BT709
        stream.options = options
        return stream

    def __enter__(self) -> Encoder:
        return self

    def write(self, number: int, image: Tensor) -> None:
        """Add a frame.

        Args:
            number: Index of the clip's frame that it stands for.
            image: (1, 3, H, W) sRGB in [0, 1].
        """
        frame = self._frame(image)
        frame.pts, frame.time_base = self.clip.times[number], self.clip.time_base
        self._container.mux(self._stream.encode(frame))

    def _frame(self, image: Tensor) -> Any:
        from av.video.reformatter import Interpolation

        high = self.encoding.bits > 8
        most = 65535 if high else 255
        codes = (image[0].clamp(0, 1) * most).round().permute(1, 2, 0).numpy()
        codes = np.ascontiguousarray(codes.astype(np.uint16 if high else np.uint8))
        rgb = pyav().VideoFrame.from_ndarray(
            codes, format="rgb48le" if high else "rgb24"
        )
        format = self.encoding.chosen.formats[self.encoding.bits]
        if self.encoding.lossless:
            return rgb.reformat(format=format)
        exactly = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
        return rgb.reformat(
            format=format,
            dst_colorspace=BT709,
            dst_color_range=VIDEO_RANGE,
            interpolation=Interpolation.AREA | exactly,
        )

    def __exit__(self, kind: object, *others: object) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._open.close()


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
    av, notes = pyav(), []
    container = encoding.suffix.removeprefix(".").replace("mkv", "matroska")
    with ExitStack() as stack:
        film = stack.enter_context(
            av.open(str(path), "w", format=container, container_options=EXACT)
        )
        first = stack.enter_context(av.open(str(pieces[0])))
        out = film.add_stream_from_template(first.streams.video[0], opaque=True)
        out.time_base = clip.time_base
        heard, others = None, None
        if sound:
            source = stack.enter_context(av.open(clip.path, metadata_errors="replace"))
            heard, note = _heard(source, encoding.suffix)
            notes += [note] if note else []
        if heard is not None:
            others = film.add_stream_from_template(heard, opaque=True)
        streams = [_pictures(pieces, clip, out)]
        if heard is not None:
            streams.append(_sound(source, heard, clip, others))
        for packet in _merged(streams):
            film.mux_one(packet)
    return notes


def _heard(source: Any, suffix: str) -> tuple[Any, str]:
    """The sound that can be copied, and a note where it cannot."""
    if not source.streams.audio:
        return None, ""
    stream = source.streams.audio[0]
    name = stream.codec_context.name.removesuffix("float").rstrip("_")
    if name not in TAKEN.get(suffix, {name}):
        return None, f"the sound is left out, for {suffix} takes no {name}; .mkv does"
    return stream, ""


def _pictures(pieces: Iterable[Path], clip: Clip, out: Any) -> Iterator[Any]:
    begin, number = clip.times[0], 0
    for piece in pieces:
        with pyav().open(str(piece)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size:
                    packet.pts = packet.dts = clip.times[number] - begin
                    packet.time_base, packet.stream = clip.time_base, out
                    ends = (*clip.times, clip.times[-1] + clip.pause)
                    packet.duration = ends[number + 1] - ends[number]
                    number += 1
                    yield packet


def _sound(source: Any, heard: Any, clip: Clip, out: Any) -> Iterator[Any]:
    """Packets of the part that is painted, from 0 s on."""
    begin = clip.times[0] * clip.time_base
    end = (clip.times[-1] + clip.pause) * clip.time_base
    for packet in source.demux(heard):
        if not packet.size or packet.pts is None:
            continue
        at = packet.pts * packet.time_base
        if at < begin or at >= end:
            continue
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
