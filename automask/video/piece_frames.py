"""The frames of a piece as they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from automask.video.clip import Clip, Pixels
from automask.video.frames_folder import frames_of_folder
from automask.video.pieces import Piece
from automask.video.reading import frames_of

if TYPE_CHECKING:
    from torch import Tensor


class Frames(Sequence["Tensor"]):
    """The frames of a piece, read once and kept as small as they are.

    Args:
        clip: Whose they are.
        piece: Of it.
    """

    def __init__(self, clip: Clip, piece: Piece) -> None:
        self._frames = [*read(clip, piece.first, piece.count)]

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: Any) -> Any:
        return as_image(self._frames[index])


def read(clip: Clip, first: int, count: int) -> Iterator[Pixels]:
    """Frames of a clip, whatever it is."""
    read_frames = frames_of_folder if os.path.isdir(clip.path) else frames_of
    return read_frames(clip, first, count)


def as_image(frame: Pixels) -> Tensor:
    """(1, 3, H, W) float32 in [0, 1]."""
    import numpy as np
    import torch

    most = 65535 if frame.dtype == np.uint16 else 255
    planes = frame.transpose(2, 0, 1).astype(np.float32) / most
    return torch.from_numpy(np.ascontiguousarray(planes))[None]
