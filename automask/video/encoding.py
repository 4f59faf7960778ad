"""How a film is encoded: codecs, what each kind of file takes, bits and quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automask.video.decoding import pyav


@dataclass(frozen=True)
class Codec:
    """How frames are encoded.

    Args:
        encoder: Of FFmpeg.
        formats: Of pixels, by bits a channel.
        crf: Usual quality, less is better; None: it is lossless.
        options: Of the encoder. It decides the same way each time, and no frame waits
            for a later one, so that pieces can be joined.
    """

    encoder: str
    formats: Mapping[int, str]
    crf: int | None
    options: Mapping[str, str] = field(default_factory=dict)


# With mbtree, x264 gives other bytes now and then on CPUs that have AVX-512.
H264 = Codec(
    "libx264",
    {8: "yuv420p", 10: "yuv420p10le"},
    17,
    {"bf": "0", "mbtree": "0", "preset": "medium"},
)
AV1 = Codec(
    "libsvtav1",
    {8: "yuv420p", 10: "yuv420p10le"},
    24,
    {"svtav1-params": "lp=1:pred-struct=1", "preset": "6"},
)
VP9 = Codec(
    "libvpx-vp9",
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
LOSSLESS = Codec("ffv1", {8: "bgr0", 10: "gbrp10le"}, None, {"level": "3"})
CODECS = {".mp4": H264, ".mov": H264, ".webm": VP9, ".mkv": LOSSLESS}
NAMED = {"h264": H264, "vp9": VP9, "av1": AV1, "ffv1": LOSSLESS}
TAKEN = {  # codecs that a kind of file takes
    ".webm": {"vp9", "av1", "opus", "vorbis"},
    ".mp4": {"h264", "vp9", "av1", "aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"},
    ".mov": {"h264", "aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s24le"},
}


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
        """The encoder, if this FFmpeg has it, for that many bits.

        Raises:
            ValueError: If it has not.
        """
        av, name = pyav(), self.chosen.encoder
        try:
            formats = av.codec.Codec(name, "w").video_formats or []
        except ValueError:
            formats = []
        if self.chosen.formats[self.bits] not in {each.name for each in formats}:
            raise ValueError(
                f"this PyAV has no {name} for {self.bits} bits; choose another codec= "
                "or out=NAME.mp4"
            )
        return name
