"""Pieces of a film encoded with PyAV, each by itself."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automask.video.clip import Clip
from automask.video.decoding import pyav
from automask.video.encoding import Encoding

if TYPE_CHECKING:
    from torch import Tensor

EXACT = {"fflags": "+bitexact"}  # no random numbers and no versions in the file
BT709, VIDEO_RANGE = 1, 1  # as ITU-T H.273 and FFmpeg count them
PIECE = ".nut"  # takes any codec and any time base


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
        self._converter = pyav().video.reformatter.VideoReformatter()
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
            return self._converter.reformat(rgb, format=format)
        exactly = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
        return self._converter.reformat(
            rgb,
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
