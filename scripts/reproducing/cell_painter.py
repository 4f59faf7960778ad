"""The picture of one cell of a sheet, painted unless an earlier call has done it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from evaluating.methods import composed

from automask.cache.components import Components
from automask.io.errors import one_line
from automask.pipeline.outputs import Destination
from automask.pipeline.run_folder import paint_to_folder
from automask.pipeline.sources import sources_of

NESTED = re.compile(r"(?P<key>[\w.]+)=<(?P<words>.*)>")


@dataclass(frozen=True)
class CellPainter:
    """Paints cells.

    Args:
        folder: Keeps what was painted, by what was typed for it.
        words: That all cells share.
        parts: Encoder and masks, built once.
    """

    folder: Path
    words: tuple[str, ...] = ()
    parts: Components = field(default_factory=Components)

    def shown(self, words: Sequence[str], shows: str) -> Path | str:
        """The file of a picture, or in one line why there is none.

        Args:
            words: What a person types for the cell.
            shows: As for a column of a sheet.
        """
        words = [*self.words, *words]
        try:
            kind, _, mask = shows.partition("/")
            if kind in ("masks", "style masks"):
                return self._mask(words, kind, mask)
            if kind == "result":
                return self._run(words) / "picture.png"
            return _source(words, kind)
        except Exception as error:  # one cell that fails must not cost the others
            return one_line(error)

    def _mask(self, words: Sequence[str], kind: str, mask: str) -> Path:
        masks = self._run([*words, "stage=masks"]) / "masks"
        role = "content" if kind == "masks" else "style"
        file = masks / role / f"{mask}.png" if mask else masks / f"{role}.png"
        if not file.exists():
            raise ValueError(f"no mask of {mask} is found")
        return file

    def _run(self, words: Sequence[str]) -> Path:
        """The run folder for these words; a whole one is taken as it is."""
        words = [self._painted(word) for word in words]
        typed = " ".join(words)
        folder = self.folder / hashlib.sha256(typed.encode()).hexdigest()[:16]
        if not (folder / "run.json").exists():
            command = f"python -m automask.run {typed}"
            where = Destination(folder, "picture.png")
            with redirect_stdout(StringIO()):  # where it is matters to nobody
                paint_to_folder(composed(words), command, self.parts, where)
        return folder

    def _painted(self, word: str) -> str:
        """A word, with the file of the picture in it that is painted first."""
        nested = NESTED.fullmatch(word)
        if nested is None:
            return word
        folder = self._run([*self.words, *nested["words"].split()])
        return f"{nested['key']}={folder / 'picture.png'}"


def _source(words: Sequence[str], kind: str) -> Path:
    """The file of the content, of one of the styles, or of a map."""
    sources = sources_of(composed(words))
    if kind == "map":
        return Path(str(sources.content.map))
    if kind == "style map":
        return Path(str(sources.styles[0].map))
    if kind == "content":
        return Path(sources.content.path)
    number = int(kind.partition("-")[2] or 1)
    if number > len(sources.styles):
        raise ValueError(f"there are {len(sources.styles)} styles, not {number}")
    return Path(sources.styles[number - 1].path)
