"""Lists of photographs: text files of one path or URL a line, from any system."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path

from automask.io.urls import is_local

LIST = ".txt"
ENCODINGS = {  # by what a text may begin with, the longer first
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CLOSING = {
    '"': '"',
    "'": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
}


def paths_of(file: str) -> Iterator[str]:
    """The paths and URLs that a list names; its empty lines are passed over.

    Paths are from the folder of the list, else from the current one.

    Raises:
        ValueError: If it is no text.
        OSError: If it cannot be read.
    """
    for line in re.split(r"\r\n|\n|\r", _text(file)):
        if line.strip():
            yield _named(line, os.path.dirname(file))


def _text(file: str) -> str:
    """A text in UTF-8, 16 or 32; bytes that are none of these are kept as they are."""
    content = Path(file).read_bytes()
    begun = (name for start, name in ENCODINGS.items() if content.startswith(start))
    coding = next(begun, "")
    if not coding and b"\0" in content[:200]:  # UTF-16 without a byte order mark
        coding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    errors = "strict" if coding else "surrogateescape"
    try:
        text = content.decode(coding or "utf-8", errors)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"the list '{file}' is no text; write a photograph a line")
    return text


def _named(line: str, folder: str) -> str:
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
