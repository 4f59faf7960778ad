"""Slips of the pen on the command line, each named with what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose
from omegaconf import DictConfig

from automask.config import Schema, config_folder
from automask.signatures import gone

KEYS = (*Schema.__dataclass_fields__, "hydra")
NO_NAME = re.compile(r"[-+]?[\d._]+(e\d+)?|true|false|", re.IGNORECASE)
COMMANDS = ("help", "version", "quiet")  # options that people type as words


def check_words(words: Sequence[str]) -> None:
    """Refuse words that are no ``key=value``.

    Raises:
        ValueError: With what to write.
    """
    for place, word in enumerate(words):
        key, equals, value = word.partition("=")
        before, following = words[:place][-1:], next(iter(words[place + 1 :]), "")
        if not word:
            raise ValueError("an empty word was typed; leave it out")
        if following[:1] == "=" and not equals:
            meant = following[1:] or next(iter(words[place + 2 :]), "photo.jpg")
            raise ValueError(f"write {word}={meant}, without spaces around the =")
        alone = equals and not value and following and "=" not in following
        if not key or key != key.strip() or alone:
            name = key.strip() or (before[0] if before else "content").partition("=")[0]
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
        first = key.lstrip("+~").partition("=")[0].split("@")[0]
        first = first.partition("/")[0].partition(".")[0]
        if key[:1] not in "+~" and first not in KEYS:
            others = [each for each in overrides if each is not line]
            raise ValueError(unknown_key(first, _tree(others), more))
        if _is_group(key, folders) and NO_NAME.fullmatch(value):
            raise ValueError(f"{line}: it takes a name; automask --help lists them")
        group = key.replace(".", "/")
        if "." in key and value[:1] not in ("{", "$") and _is_group(group, folders):
            raise ValueError(f"{key} is a choice of parts; write {group}={value}")


def unknown_key(key: str, config: DictConfig, more: Collection[str] = ()) -> str:
    """What to say of a key that is not there, with the one that may be meant.

    Args:
        key: Dotted.
        config: All keys that there are.
        more: Further ones.
    """
    dotted = key.replace("/", ".")
    if advice := gone(dotted):
        return advice
    prefix, _, name = dotted.rpartition(".")
    parent = _within(config, prefix)
    keys = [str(known) for known in parent if known != "hydra"]
    beside = {known: f"{prefix}.{known}".lstrip(".") for known in keys}
    beside |= {} if prefix else {known: known for known in more}
    anywhere: dict[str, str] = {}
    for path in _paths(config):  # of several the one nearest to the top
        anywhere.setdefault(path.rpartition(".")[2], path)
    if dotted != key and beside.get(name) == dotted:
        return f"{key} is no choice of parts; write {dotted}"
    meant = beside.get(name) or anywhere.get(name)
    for known in (beside, anywhere):
        lowered = {each.lower(): path for each, path in reversed(known.items())}
        if meant is None and (close := get_close_matches(name.lower(), lowered, n=1)):
            meant = lowered[close[0]]
    advice = f"did you mean '{meant}'?" if meant else f"known: {', '.join(beside)}"
    return f"unknown key '{name}'{f' in {prefix}' if prefix else ''}; {advice}"


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
    given = following if following and "=" not in following else "..."
    if word in KEYS:
        return f"'{word}' has no value; write {word}={given}"
    name, colon, value = word.partition(":")
    if colon and name in KEYS:
        return f"'{word}' has no =; write {name}={value.strip()}"
    return f"'{word}' has no key; write content={word} or style={word}"


def _is_group(group: str, folders: Sequence[str]) -> bool:
    return any(Path(each, group).is_dir() for each in (str(config_folder()), *folders))


def _tree(overrides: Sequence[str]) -> DictConfig:
    """All keys under these choices, or under the usual ones where they fail."""
    for tried in (overrides, [*overrides, "style=file"], ["style=file"]):
        try:
            return compose("run", list(tried))
        except Exception:  # its own slip is told once this one is mended
            continue
    raise AssertionError("unreachable")


def _within(config: DictConfig, prefix: str) -> DictConfig:
    node: Any = config
    for name in filter(None, prefix.split(".")):
        node = node.get(name) if isinstance(node, DictConfig) else None
    return node if isinstance(node, DictConfig) else config


def _paths(node: Any) -> Iterator[str]:
    """Every key of a configuration by its dotted path, but for Hydra's own."""
    level = [("", node)]
    while level:
        below = []
        for prefix, each in level:
            if (
                not isinstance(each, DictConfig)
                or each._is_missing()
                or each._is_none()
            ):
                continue
            for key, child in each.items_ex(resolve=False):
                if (path := f"{prefix}{key!s}") != "hydra":
                    yield path
                    below.append((f"{path}.", child))
        level = below


def _items(node: DictConfig) -> Iterator[tuple[Any, Any]]:
    yield from () if node._is_none() else node.items_ex(resolve=False)
