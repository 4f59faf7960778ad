"""A film in pieces: successive frames of one shot, few enough to be held."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from automask.video.clip import Clip
from automask.video.writing import PIECE

if TYPE_CHECKING:
    from automask.video.painting import Passes

FRAMES = 24  # of a piece: what a kill costs at most
BACK = 120  # of a piece that is painted forward and back; a kill costs one frame
ROOM = 256 * 2**20  # bytes that the frames of a piece may take


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
    most = max(1, most // how.every * how.every or most)
    pieces: list[Piece] = []
    for shot, (begin, end) in enumerate(pairwise((*clip.shots, len(clip.times)))):
        for first in range(begin, end, most):
            count = min(most, end - first)
            pieces.append(Piece(len(pieces), shot, first, count))
    return tuple(pieces)
