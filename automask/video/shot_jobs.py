"""Shots painted piece by piece, each piece from the state after the one before."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from automask.config import register
from automask.io.files import written_whole
from automask.io.terminal import warnings_kept
from automask.jobs.items import Item
from automask.jobs.outcome import Job, Share
from automask.video.clip import Clip
from automask.video.encoding import Encoding
from automask.video.piece_files import FrameFiles, Kept
from automask.video.piece_frames import Frames, as_image, read
from automask.video.pieces import Piece, pieces_of
from automask.video.writing import Encoder

if TYPE_CHECKING:
    from torch import Tensor

    from automask.video.painting import FilmPainter, Passes

STATE, SHARE, FRAME_FOLDER = ".state", ".share", "frames"
log = logging.getLogger(__name__)

Tell = Callable[[float, "Tensor"], None]
"""Is told of each painting, with how many frames' worth of work it was."""


@dataclass(frozen=True)
class PaintShots:
    """All that a worker must be told.

    Args:
        folder: Of the pieces.
        config: The keys of a run, as YAML.
        clip: That is painted.
        encoding: Of the film; None where it becomes frames.
        how: Which frames are painted, and how often.
        tell: Called after each frame, in this process; None: a file says how far a
            piece is.
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

    def done(self) -> float:
        """Frames that are painted, and the work on those that are begun."""
        there = {*os.listdir(self.folder)}
        total = 0.0
        for piece in pieces_of(self.clip, self.how):
            if piece.file(self.folder).name in there:
                total += piece.count
            elif piece.file(self.folder, SHARE).name in there:
                with suppress(FileNotFoundError):  # the piece is done by now
                    total += float(piece.file(self.folder, SHARE).read_text())
        return total

    def forget_begun(self) -> None:
        """What an earlier start had begun counts no more."""
        for file in self.folder.glob(f"*{SHARE}"):
            file.unlink()

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

        done, told = 0.0, piece.file(self.folder, ".told")

        def painted(share: float, image: Tensor) -> None:
            nonlocal done
            if self.tell is not None:
                self.tell((share - done) * piece.count, image)
            else:
                told.write_text(f"{share * piece.count}")
                told.replace(piece.file(self.folder, SHARE))
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
        piece.file(self.folder, SHARE).unlink(missing_ok=True)
        os.replace(begun, piece.file(self.folder))

    def _writer(self, file: Path) -> Encoder | FrameFiles:
        if self.encoding is None:
            return FrameFiles(file, self.folder / FRAME_FOLDER)
        return Encoder(file, self.clip, self.encoding)
