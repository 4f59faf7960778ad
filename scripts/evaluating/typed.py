"""Pairs as a person types them: presets, CONTENT=STYLE, and lists of these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluating.pairs import PRESETS, Pair, named

LIST = ".txt"  # a file of one pair a line


def typed(text: str) -> list[Pair]:
    """The pairs that a word stands for.

    Args:
        text: A preset's name, a pair, or a .txt file with a pair in each line.

    Raises:
        ValueError: If it is none of these, or a picture is not there.
        OSError: If a list cannot be read.
    """
    if text in PRESETS:
        return [*PRESETS[text]]
    path = Path(text).expanduser()
    if text.lower().endswith(LIST) and path.is_file():
        lines = path.read_text("utf-8-sig", "surrogateescape").splitlines()
        pairs = [pair_of(line.strip()) for line in lines if line.strip()]
        if not pairs:
            raise ValueError(f"the list '{text}' is empty; write CONTENT=STYLE a line")
        return pairs
    return [pair_of(text)]


def pair_of(text: str) -> Pair:
    """A pair from ``CONTENT=STYLE``, whose names may have a = of their own.

    Raises:
        ValueError: If it is no pair, or one of several.
    """
    if not (parted := [*_parted(text)]):
        raise ValueError(
            f"a pair is CONTENT=STYLE, got '{text}'; there are also the presets "
            f"{', '.join(PRESETS)}, and lists (.txt) of pairs"
        )
    pairs, faults = [], []
    for content, style in parted:
        try:
            pairs.append(named(content, style))
        except ValueError as error:
            faults.append(error)
    if len(pairs) > 1:
        ways = ", or ".join(f"'{p.content}' after '{p.style}'" for p in pairs)
        raise ValueError(f"'{text}' may be {ways}; give one of the files another name")
    if pairs:
        return pairs[0]
    if len(faults) > 1:
        raise ValueError(f"no two pictures are called '{text}', wherever it is parted")
    raise faults[0]


def _parted(text: str) -> Iterator[tuple[str, str]]:
    """At each =, both sides with something in them."""
    words = text.split("=")
    for at in range(1, len(words)):
        content, style = "=".join(words[:at]), "=".join(words[at:])
        if content and style:
            yield content, style
