"""automask styles: what styles there are, as a list and as a sheet of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from automask.io.terminal import say
from automask.pipeline.read_only import check_apart
from automask.pipeline.style_spec import FILE, style_files

TILE, COLUMNS = 220, 3  # px of the longer side of a picture on the sheet; in a row
USAGE = "automask styles [SHEET.png]: list the styles, and write a sheet of them"


@dataclass(frozen=True)
class Entry:
    """A style that has a name: what to type for it, and what it is."""

    name: str
    title: str
    source: str
    license: str
    image: str


def entries(flags: Sequence[str] = ()) -> list[Entry]:
    """The styles by name, with those of a ``--config-dir`` among ``flags``.

    Raises:
        ValueError: If a style's YAML cannot be read.
    """
    found = []
    for name, file in sorted(style_files(flags).items()):
        if name == FILE:
            continue
        try:
            style = OmegaConf.load(file)
            if not isinstance(style, DictConfig):
                raise ValueError("it has no keys")
            text = {
                key: str(style.get(key) or "") for key in ("title", "source", "license")
            }
            found.append(Entry(name=name, image=str(style.image), **text))
        except Exception as error:  # YAML's and OmegaConf's have no common base
            line = str(error).splitlines()[0]
            raise ValueError(f"{file} is no style's YAML: {line}") from error
    return found


def show(words: Sequence[str]) -> None:
    """List the styles; write thumbnails where a picture's name is among the words.

    Args:
        words: What followed ``automask styles``.

    Raises:
        ValueError: For a word that means nothing here, or a broken style.
        OSError: If the sheet cannot be written.
    """
    if {"-h", "--help"} & set(words):
        print(USAGE)
        return
    rest, flags = list(words), []
    for index, word in enumerate(words[:-1]):
        if word in ("--config-dir", "-cd"):
            flags = [word, words[index + 1]]
            rest = [*words[:index], *words[index + 2 :]]
    if len(rest) > 1 or any(word[:1] == "-" or "=" in word for word in rest):
        raise ValueError(f"automask styles does not take '{rest[-1]}'; {USAGE}")
    styles = entries(flags)
    if rest:
        from automask.images.image_files import (
            check_suffix,  # late, for torch takes seconds
        )

        check_suffix(Path(rest[0]))
        check_apart({"SHEET": rest[0]}, [style.image for style in styles])
    for style in styles:
        say(f"style={style.name:10} {style.title}")
        say(f"{'':16} {style.source}; {style.license}" * bool(style.source))
    say("style=FILE       any picture of your own")
    if rest:
        _write_sheet(Path(rest[0]), styles)
        say(f"Sheet: {rest[0]}")


def _write_sheet(file: Path, styles: Sequence[Entry]) -> None:
    from automask.images.image_files import write_image
    from automask.images.sheet_tiles import GAP, captioned, fitted, grid

    cells = [
        captioned(
            [fitted(Path(s.image), TILE, TILE)],
            TILE + GAP,
            f"style={s.name}",
            s.title,
        )
        for s in styles
    ]
    write_image(file, grid(cells, COLUMNS))
