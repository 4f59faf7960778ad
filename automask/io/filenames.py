"""Names of files as data: whatever they contain, no grammar takes them amiss."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString

from automask.io.held import held

IN_QUOTES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
OPEN, CLOSED = "{[", "}]"


def quoted(text: str) -> str:
    """Any text as a value that Hydra's grammar and OmegaConf both leave as it is."""
    return QuotedString(literal(text), Quote.single).with_quotes()


def literal(value: Any) -> Any:
    """Texts, also those in dicts and lists, that OmegaConf gives back as they are."""
    if isinstance(value, dict):
        return {key: literal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [literal(each) for each in value]
    if isinstance(value, str) and "${" in value:
        # OmegaConf reads a backslash as one only where an interpolation follows.
        return re.sub(r"(\\*)\$\{", lambda m: 2 * m[1] + r"\${", value)
    return value


def exists(path: str) -> bool:
    """Whether there is a file, a folder or a picture in memory of that name."""
    try:
        return bool(path) and (held(path) is not None or os.path.exists(path))
    except (OSError, ValueError):  # too long a name, or a null byte
        return False


def expanded(path: str) -> str:
    """A file as typed: without needless quotes, its tilde expanded."""
    if IN_QUOTES.fullmatch(path) and not exists(path):
        path = re.sub(r"\\(['\"\\])", r"\1", path[1:-1])
    # Some shells leave the tilde of key=~/file as it is.
    home = path.startswith("~") and not exists(path)
    return os.path.expanduser(path) if home else path


def values_of(text: str, sweep: bool) -> list[str]:
    """The values of a sweep; a file whose own name has a comma is one value."""
    return pieces(text) if sweep and not exists(text) else [text]


def pieces(text: str) -> list[str]:
    """Parted at the commas, but for those in quotes or brackets that begin a value."""
    found, depth, quote = [""], 0, ""
    for place, char in enumerate(text):
        begins = not found[-1].strip() or found[-1].rstrip()[-1] in ":{[,"
        if quote:
            ends = char == quote and text[place - 1] != "\\"
            quote = "" if ends else quote
        elif char in "'\"" and begins:
            quote = char
        elif char in OPEN and (begins or depth):
            depth += 1
        elif char in CLOSED and depth:
            depth -= 1
        elif char == "," and not depth:
            found.append("")
            continue
        found[-1] += char
    return found


def is_group(text: object) -> bool:
    """Whether a value is several by name, {skin: a.png}, rather than a file."""
    return isinstance(text, str) and text[:1] == "{" and not exists(text)


def group(text: str, *, last: bool = False) -> dict[str, str]:
    """Values by name of ``{skin: a.png, hair: b, c.png}``, quoted or not.

    Args:
        text: In curly brackets.
        last: Whether the last colon parts name and value, for names that are files.

    Raises:
        ValueError: If it is not of that form.
    """
    found: dict[str, str] = {}
    begun = ""  # a name with a comma in it
    for piece in _within(text, "{}"):
        name, value = _parted(begun + piece, last)
        begun = f"{begun}{piece}," if name is None and last else ""
        if name is None and found and not last:  # a comma in the name of the file
            before = next(reversed(found))
            found[before] = f"{found[before]},{piece.rstrip()}"
        elif not name and not begun:
            raise ValueError(f"cannot read '{text}'; write it as {{name: value}}")
        elif name:
            found[name] = value
    if begun:
        raise ValueError(f"cannot read '{text}'; write it as {{name: value}}")
    return {
        name: value if is_group(value) else expanded(value)
        for name, value in found.items()
    }


def listed(text: str) -> list[str | None]:
    """Values of ``[a.png, null, b.png]``; None for null."""
    found = (expanded(piece.strip()) for piece in _within(text, "[]"))
    return [None if each == "null" else each for each in found]


def nearest(path: str) -> str | None:
    """The file whose name is most like that of one that is not there."""
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(folder or "."))
    except (OSError, ValueError):
        return None
    lowered = {each.lower(): each for each in reversed(names) if each[:1] != "."}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.75)
    return str(Path(folder, lowered[close[0]])) if close else None


def hint(path: str, otherwise: str) -> str:
    """What to do about a file that is not there."""
    found = nearest(path)
    return f"did you mean '{found}'?" if found else otherwise


def _within(text: str, brackets: str) -> Iterator[str]:
    stripped = text.strip()
    if stripped[:1] != brackets[0] or stripped[-1:] != brackets[1]:
        raise ValueError(f"cannot read '{text}'; it must end in {brackets[1]}")
    return (piece for piece in pieces(stripped[1:-1]) if piece.strip())


def _parted(piece: str, last: bool) -> tuple[str | None, str]:
    """Name and value of ``name: value``; no name where there is no colon."""
    begun = IN_QUOTES.match(piece.strip())
    if begun and piece.strip()[begun.end() :].lstrip()[:1] == ":":
        rest = piece.strip()[begun.end() :].lstrip()[1:]
        return expanded(begun[0]), rest.strip()
    name, colon, value = piece.rpartition(":") if last else piece.partition(":")
    return (name.strip() if colon else None), value.strip()
