"""Slips of the pen on the command line, each named with what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import fields
from pathlib import Path

from hydra import compose
from omegaconf import DictConfig

from automask.config import config_folder
from automask.io.errors import unknown_key
from automask.keys import RunKeys, renamed

KEYS = (*(each.name for each in fields(RunKeys)), "hydra")
NO_NAME = re.compile(r"[-+]?[\d._]+(e\d+)?|true|false|", re.IGNORECASE)
COMMANDS = ("help", "version", "quiet")  # options that people type as words


def check_words(words: Sequence[str]) -> None:
    """Refuse words that are no ``key=value``.

    Raises:
        ValueError: With what to write.
    """
    for place, word in enumerate(words):
        before, _, following, later = ["content", *words, "", ""][place : place + 4]
        key, equals, value = word.partition("=")
        if not word:
            raise ValueError("an empty word was typed; leave it out")
        if following[:1] == "=" and not equals:
            meant = following[1:] or later or "photo.jpg"
            raise ValueError(f"write {word}={meant}, without spaces around the =")
        alone = equals and not value and following and "=" not in following
        if not key or key != key.strip() or alone:
            name = key.strip() or before.partition("=")[0]
            given = value.strip() or following or "photo.jpg"
            raise ValueError(f"write {name}={given}, without spaces around the =")
        if _is_open(value):
            raise ValueError(_unclosed(words[place:]))
        if not equals and not word.startswith("~"):
            raise ValueError(_bare(word, following))


def check_keys(
    overrides: Sequence[str], folders: Sequence[str] = (), more: Collection[str] = ()
) -> None:
    """Refuse keys that no run has, and groups that are written as if they were keys.

    Args:
        overrides: In Hydra's grammar.
        folders: Given with ``--config-dir``.
        more: Keys of a batch, which may have been meant.

    Raises:
        ValueError: With the key that was meant.
    """
    for line in overrides:
        key, _, value = line.partition("=")
        first = re.split(r"[=@/.]", key.lstrip("+~"))[0]
        if key[:1] not in "+~" and first not in KEYS:
            if told := renamed(key):
                raise ValueError(told)
            others = [each for each in overrides if each is not line]
            raise ValueError(unknown_key(first, _tree(others), more))
        if _is_group(key, folders) and NO_NAME.fullmatch(value):
            raise ValueError(f"{line}: it takes a name; automask --help lists them")
        group = key.replace(".", "/")
        if "." in key and value[:1] not in ("{", "$") and _is_group(group, folders):
            raise ValueError(f"{key} is a choice of parts; write {group}={value}")


def _is_open(value: str) -> bool:
    """Whether brackets that begin a value do not end in it."""
    closing = {"{": "}", "[": "]"}.get(value[:1])
    return closing is not None and value.count(value[0]) > value.count(closing)


def _unclosed(words: Sequence[str]) -> str:
    for end in range(2, len(words) + 1):
        whole = " ".join(words[:end])
        if not _is_open(whole.partition("=")[2]):
            return f"put it in quotes for the shell: '{whole}'"
    bracket = words[0].partition("=")[2][0]
    return f"cannot read '{words[0]}': its {bracket} is not closed"


def _bare(word: str, following: str) -> str:
    if word in COMMANDS:
        return f"'{word}' has no key; did you mean --{word}?"
    if word in KEYS:
        given = following if following and "=" not in following else "..."
        return f"'{word}' has no value; write {word}={given}"
    name, colon, value = word.partition(":")
    if colon and name in KEYS:
        return f"'{word}' has no =; write {name}={value.strip()}"
    return f"'{word}' has no key; write content={word} or style={word}"


def _is_group(group: str, folders: Sequence[str]) -> bool:
    return any(Path(each, group).is_dir() for each in (str(config_folder()), *folders))


def _tree(overrides: Sequence[str]) -> DictConfig:
    """All keys under these choices, or under the usual ones where they fail."""
    for tried in (overrides, [*overrides, "style=file"]):
        try:
            return compose("run", list(tried))
        except Exception:  # its own slip is told once this one is mended
            continue
    return compose("run", ["style=file"])
