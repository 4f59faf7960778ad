"""Clips that tests write, and a painter that stands in for the real one."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="pip install 'automask[video]'")

MATRIX = {"bt601": 5, "bt709": 1, "bt2020": 9}


def write_clip(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    times: Sequence[int] | None = None,
    base: Fraction = Fraction(1, 600),
    codec: str = "libx264",
    format: str = "yuv420p",
    matrix: str = "bt709",
    full: bool = False,
    rotation: int = 0,
    sound: bool = False,
    tagged: bool = True,
    primaries: int = 2,
    transfer: int = 2,
    aspect: Fraction = Fraction(1),
    options: Mapping[str, str] | None = None,
    rate: int = 30,
) -> Path:
    """Encode (H, W, 3) uint8 frames, 30 a second unless times say otherwise."""
    times = [20 * number for number in range(len(frames))] if times is None else times
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = format
        stream.time_base = stream.codec_context.time_base = base
        usual = {"crf": "2", "bf": "0"} if codec == "libx264" else {}
        stream.options = usual if options is None else dict(options)
        if tagged:
            stream.codec_context.colorspace = MATRIX[matrix]
            stream.codec_context.color_range = 2 if full else 1
            stream.codec_context.color_primaries = primaries
            stream.codec_context.color_trc = transfer
        stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        heard = container.add_stream("aac", rate=44100) if sound else None
        if heard is not None:
            heard.layout = "mono"
        for pixels, time in zip(frames, times, strict=True):
            rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
            frame = rgb.reformat(
                format=format,
                dst_colorspace=MATRIX[matrix],
                dst_color_range=2 if full else 1,
            )
            if tagged:
                frame.color_primaries, frame.color_trc = primaries, transfer
            frame.pts, frame.time_base = time, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None:
            wave = np.sin(np.arange(44100 * len(frames) // 30) / 16) * 9000
            for begin in range(0, len(wave), 1024):
                part = wave[None, begin : begin + 1024].astype(np.int16)
                frame = av.AudioFrame.from_ndarray(part, "s16", "mono")
                frame.sample_rate, frame.pts = 44100, begin
                frame.time_base = Fraction(1, 44100)
                container.mux(heard.encode(frame))
            container.mux(heard.encode(None))
    return path


def flat(*colors: tuple[int, int, int], height: int = 48, width: int = 64) -> list:
    """A frame of each colour."""
    return [np.full((height, width, 3), color, np.uint8) for color in colors]


def texture(seed: int, height: int = 96, width: int = 128) -> np.ndarray:
    """A soft pattern that fills a frame: (height, width, 3) uint8."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3))
    large = np.kron(coarse, np.ones((16, 16, 1)))
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(large, (5, 5, 0))
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min()) * 255
    return smooth[:height, :width].astype(np.uint8)


class StandIn:
    """Paints the negative, a little darker with each frame of a shot."""

    def __init__(self) -> None:
        self.painted: list[int] = []  # the state before each
        self.fails_at: int | None = None

    def paint_piece(self, painter, frames, state, how, kept, on_frame):
        """Like the real one."""
        for number, frame in enumerate(frames, 1):
            before = int(state["count"]) if state else 0
            if self.fails_at is not None and len(self.painted) == self.fails_at:
                raise KeyboardInterrupt
            self.painted.append(before)
            state = {"count": before + 1}
            image = (1 - frame) * (1 - 0.01 * before)
            on_frame(number / len(frames), image)
            yield image, state


def decoded(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """All frames, as another program would show them, and their times in s."""
    with av.open(str(path)) as container:
        frames = [*container.decode(container.streams.video[0])]
        images = [frame.to_ndarray(format="rgb24") for frame in frames]
        return images, [float(frame.pts * frame.time_base) for frame in frames]
