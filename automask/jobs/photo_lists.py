"""Lists of photographs: text files of one place a line, from any system."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

from automask.io.urls import is_local

LIST = ".txt"
MARKS = (  # what a text may begin with, the longer first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
QUOTES = ('"', "'", "\N{LEFT DOUBLE QUOTATION MARK}")
CLOSING = dict(zip(QUOTES, ('"', "'", "\N{RIGHT DOUBLE QUOTATION MARK}"), strict=True))


@dataclass(frozen=True)
class Line:
    """What a line names.

    Args:
        number: Of the line, from 1.
        place: A path from here, or a URL.
    """

    number: int
    place: str


def lines_of(file: str | Path) -> list[Line]:
    """The places that a list names; its empty lines are passed over.

    Paths are from the folder of the list, else from the current one.

    Raises:
        ValueError: If it is no text.
        OSError: If it cannot be read.
    """
    folder = os.path.dirname(file)
    lines = re.split(r"\r\n|\n|\r", _text(Path(file)))
    return [
        Line(number, _place(line, folder))
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _text(file: Path) -> str:
    """A text in UTF-8, 16 or 32; bytes that are none of these are kept as they are."""
    content = file.read_bytes()
    coding = next((name for mark, name in MARKS if content.startswith(mark)), "")
    if not coding and b"\0" in content[:200]:  # UTF-16 without its mark
        coding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        text = content.decode(
            coding or "utf-8", "strict" if coding else "surrogateescape"
        )
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"the list '{file}' is no text; write a photograph a line")
    return text


def _place(line: str, folder: str) -> str:
    """What a line names: as it stands, or without blanks and quotes about it."""
    bare = line.strip()
    if len(bare) > 1 and bare[-1] == CLOSING.get(bare[0]):
        bare = bare[1:-1]
    for text in (line, line.strip(), bare, bare.replace("\\", "/")):
        for found in (os.path.join(folder, os.path.expanduser(text)), text):
            if os.path.lexists(os.path.expanduser(found)):
                return found
    # Not there, or a URL, a pattern, or the name of one of scikit-image's pictures.
    if not is_local(bare) or not folder or not re.search(r"[/\\.*?[]", bare):
        return bare
    return os.path.join(folder, bare)
