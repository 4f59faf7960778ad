"""What a sheet is: rows and columns, each a title and words for the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A row or a column.

    Args:
        title: What stands at its head.
        words: What a person types for it, after ``automask``; ``style=<WORDS>`` is
            the picture that these words paint.
        shows: Of a column: ``result``, ``content``, ``style`` (``style-2`` …),
            ``map``, ``masks``, ``style masks`` in colour, or one mask by its name as
            in ``masks/person`` and ``style masks/person``.
    """

    title: str
    words: tuple[str, ...] = ()
    shows: str = "result"


@dataclass(frozen=True)
class Sheet:
    """A figure: each cell is what its row, its column and all together type.

    Args:
        title: Of the figure, with where it comes from.
        rows: One picture or pair each.
        columns: One way each.
        words: That all cells share.
    """

    title: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """Where pictures lie.

    Args:
        drawn: Maps that this project draws for its figures.
        data: Folder with further pictures; None: free ones alone.
        segmenter: A .tflite net of object classes; None: none is at hand.
    """

    drawn: Path
    data: Path | None = None
    segmenter: Path | None = None


def pair(title: str, content: object, style: object, *words: str) -> Line:
    """A row of a photograph and a painting."""
    return Line(title, (f"content={content}", f"style={style}", *words))


CONTENT, STYLE = Line("content", shows="content"), Line("style", shows="style")
MASKS, STYLE_MASKS = (
    Line("its masks", shows="masks"),
    Line("its masks", shows="style masks"),
)
NO_MASKS = Line("CNNMRF (gamma = 0)", ("gamma=0",))
OURS = Line("soft masks")
