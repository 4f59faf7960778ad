"""automask styles: what styles there are, as a list and as a sheet of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from automask.cli.command_line import folders_of, parted
from automask.io.terminal import say
from automask.pipeline.read_only import check_apart
from automask.pipeline.style_spec import FILE, style_files

TILE, COLUMNS = 220, 3  # px of the longer side of a picture on the sheet; in a row
USAGE = "automask styles [SHEET.png]: list the styles, and write a sheet of them"


def show_styles(words: Sequence[str]) -> None:
    """List the styles; write thumbnails where a picture's name is among the words.

    Args:
        words: What followed ``automask styles``.

    Raises:
        ValueError: For a word that means nothing here, or a broken style.
        OSError: If the sheet cannot be written.
    """
    if {"-h", "--help"} & set(words):
        say(USAGE)
        return
    options, sheets = parted(words)
    strange = [*sheets[1:], *(word for word in sheets if "=" in word)]
    if strange or len(options) > 2 * len(folders_of(options)):
        told = (strange or options)[-1]
        raise ValueError(f"automask styles does not take '{told}'; {USAGE}")
    styles = known_styles(folders_of(options))
    for sheet in map(Path, sheets):
        # Late, for torch takes seconds to load.
        from automask.images.image_files import check_suffix

        check_suffix(sheet)
        check_apart({"SHEET": str(sheet)}, [each["image"] for each in styles.values()])
    for name, style in styles.items():
        say(f"style={name:10} {style['title']}")
        if style["source"]:
            say(f"{'':16} {style['source']}; {style['license']}")
    say("style=FILE       any picture of your own")
    for sheet in map(Path, sheets):
        _write_sheet(sheet, styles)
        say(f"Sheet: {sheet}")


def known_styles(folders: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """Image, title, source and license of each style by its name.

    Raises:
        ValueError: If a style's YAML cannot be read.
    """
    found = {}
    for name, file in sorted(style_files(folders).items()):
        if name == FILE:
            continue
        try:
            style: Any = OmegaConf.load(file)
            keys = ("image", "title", "source", "license")
            found[name] = {key: str(style.get(key) or "") for key in keys}
        except Exception as error:  # YAML's and OmegaConf's have no common base
            line = str(error).splitlines()[0]
            raise ValueError(f"{file} is no style's YAML: {line}") from error
    return found


def _write_sheet(file: Path, styles: dict[str, dict[str, str]]) -> None:
    from automask.images.image_files import write_image
    from automask.images.sheet_tiles import GAP, captioned, fitted, grid

    cells = [
        captioned(
            [fitted(Path(s["image"]), TILE, TILE)],
            TILE + GAP,
            f"style={name}",
            s["title"],
        )
        for name, s in styles.items()
    ]
    write_image(file, grid(cells, COLUMNS))
