"""A film in pieces: what of it is painted, where that lies, and who paints the rest."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from automask.config import register
from automask.images.image_files import write_image
from automask.io.files import write_bytes, written_whole
from automask.io.terminal import warnings_kept
from automask.jobs.items import Item
from automask.jobs.outcome import Job, Share
from automask.video.clip import Clip, Pixels
from automask.video.frames_folder import frames_of_folder
from automask.video.reading import frames_of
from automask.video.writing import PIECE, Encoder, Encoding

if TYPE_CHECKING:
    from torch import Tensor

    from automask.video.painting import FilmPainter, Passes

FRAMES = 24  # of a piece: what a kill costs at most
BACK = 120  # of a piece that is painted forward and back; a kill costs one frame
ROOM = 256 * 2**20  # bytes that the frames of a piece may take
STATE, FRAME_FOLDER = ".state", "frames"

log = logging.getLogger(__name__)

Tell = Callable[[float, "Tensor"], None]
"""Is told of each painting, with how many frames' worth of work it was."""


@dataclass(frozen=True)
class Piece:
    """Successive frames of one shot.

    Args:
        number: Of the piece, from 0.
        shot: That it belongs to, from 0.
        first: Index of its first frame.
        count: Of its frames.
    """

    number: int
    shot: int
    first: int
    count: int

    def file(self, folder: Path, suffix: str = PIECE) -> Path:
        """One of its files."""
        return folder / f"{self.number:06}{suffix}"


def pieces_of(clip: Clip, how: Passes) -> tuple[Piece, ...]:
    """All pieces of a clip, in order.

    Args:
        clip: Of shots.
        how: Pieces hold whole stretches between two frames that are painted; those that
            are painted back too are longer, for nothing goes back beyond one.
    """
    bytes_of_frame = clip.width * clip.height * 3 * (2 if clip.deep else 1)
    most = min(FRAMES if how.passes == 1 else BACK, ROOM // bytes_of_frame)
    most = max(1, most // how.every) * how.every
    pieces: list[Piece] = []
    for shot, (begin, end) in enumerate(pairwise((*clip.shots, len(clip.times)))):
        for first in range(begin, end, most):
            count = min(most, end - first)
            pieces.append(Piece(len(pieces), shot, first, count))
    return tuple(pieces)


@dataclass(frozen=True)
class PaintShots:
    """All that a worker must be told.

    Args:
        folder: Of the pieces.
        config: The keys of a run, as YAML.
        clip: That is painted.
        encoding: Of the film; None where it becomes frames.
        how: Which frames are painted, and how often.
        tell: Called after each frame, in this process.
    """

    folder: Path
    config: str
    clip: Clip
    encoding: Encoding | None
    how: Passes
    tell: Tell | None = field(default=None, compare=False)

    def __call__(self, share: Share) -> Job:
        """Load what all shots need, and set threads and the GPU."""
        from automask.jobs.paint_item import compute_with
        from automask.video.painting import film_painter

        register()
        compute_with(share)
        config = OmegaConf.create(self.config)
        assert isinstance(config, DictConfig)
        first = as_image(next(read(self.clip, 0, 1)))
        painter = film_painter(config, first)
        return lambda item: self.paint(painter, int(item.key))

    def items(self) -> list[Item]:
        """The shots that are not painted yet."""
        left = [p for p in pieces_of(self.clip, self.how) if not self.is_done(p)]
        shots = dict.fromkeys(piece.shot for piece in left)
        return [Item(str(n), self.clip.path, "", f"shot {n + 1}") for n in shots]

    def done(self) -> int:
        """Frames that are painted."""
        pieces = pieces_of(self.clip, self.how)
        return sum(piece.count for piece in pieces if self.is_done(piece))

    def is_done(self, piece: Piece) -> bool:
        """Whether a piece is painted."""
        return piece.file(self.folder).exists()

    def paint(self, painter: FilmPainter, shot: int) -> None:
        """Paint what is left of a shot; what its frames warn of is said once."""
        with warnings_kept() as warnings:
            try:
                self._paint(painter, shot)
            finally:
                told = [*dict.fromkeys(warnings)]
        for line in told:
            log.warning(line)

    def _paint(self, painter: FilmPainter, shot: int) -> None:
        pieces = [p for p in pieces_of(self.clip, self.how) if p.shot == shot]
        for before, piece in pairwise((None, *pieces)):
            assert piece is not None
            if not self.is_done(piece):
                state = self._state_after(before) if before else None
                painted = self._painted(painter, piece, state)
                self._write(piece, painted, goes_on=piece is not pieces[-1])
            if before is not None:
                before.file(self.folder, STATE).unlink(missing_ok=True)

    def _painted(
        self, painter: FilmPainter, piece: Piece, state: Any
    ) -> Iterator[tuple[Tensor, Any]]:
        from automask.video.painting import paint_piece

        done = 0.0

        def painted(share: float, image: Tensor) -> None:
            nonlocal done
            if self.tell is not None:
                self.tell((share - done) * piece.count, image)
            done = share

        frames = Frames(self.clip, piece)
        kept = Kept(piece.file(self.folder, ".kept"))
        return paint_piece(painter, frames, state, self.how, kept, painted)

    def _state_after(self, piece: Piece) -> Any:
        import torch

        file = piece.file(self.folder, STATE)
        try:
            return torch.load(file, weights_only=True)
        except (OSError, EOFError, RuntimeError, UnpicklingError) as error:
            raise ValueError(
                f"'{file}' is broken; fresh=true paints the film anew"
            ) from error

    def _write(
        self, piece: Piece, painted: Iterator[tuple[Tensor, Any]], goes_on: bool
    ) -> None:
        """Write a piece, and the state after it where the shot goes on.

        The piece gets its name last.
        """
        import torch

        state: Any = None
        begun = piece.file(self.folder, ".begun")
        with self._writer(begun) as writer:
            for number, (image, after) in enumerate(painted, piece.first):
                state = after
                writer.write(number, image)
        if goes_on:
            with written_whole(piece.file(self.folder, STATE)) as file:
                torch.save(state, file)
        os.replace(begun, piece.file(self.folder))

    def _writer(self, file: Path) -> Encoder | FrameFiles:
        if self.encoding is None:
            return FrameFiles(file, self.folder / FRAME_FOLDER)
        return Encoder(file, self.clip, self.encoding)


class FrameFiles:
    """Writes the frames of a piece as pictures.

    Args:
        mark: File that says they are there.
        folder: Of the pictures; they are called after their number, from 1.
    """

    def __init__(self, mark: Path, folder: Path) -> None:
        self.mark, self.folder = mark, folder
        folder.mkdir(exist_ok=True)

    def __enter__(self) -> FrameFiles:
        return self

    def write(self, number: int, image: Tensor) -> None:
        """Write a frame: (1, 3, H, W) sRGB in [0, 1]."""
        write_image(self.folder / f"{number + 1:06}.png", image)

    def __exit__(self, kind: object, *others: object) -> None:
        if kind is None:
            write_bytes(self.mark, b"")


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


class Kept:
    """What is kept of a piece that is being painted; gone once it is there.

    Args:
        folder: For it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> dict[str, Any] | None:
        """What was saved; None if nothing was, or it is broken."""
        import torch

        with suppress(OSError, EOFError, RuntimeError, UnpicklingError):
            found: dict[str, Any] = torch.load(self.folder / name, weights_only=True)
            return found
        return None

    def save(self, name: str, saved: dict[str, Any]) -> None:
        """Keep something, whole."""
        import torch

        self.folder.mkdir(exist_ok=True)
        with written_whole(self.folder / name) as file:
            torch.save(saved, file)

    def drop(self, name: str) -> None:
        """Forget it."""
        with suppress(OSError):
            (self.folder / name).unlink()
            self.folder.rmdir()  # if it was the last


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
