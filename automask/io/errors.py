"""One clear line for whatever stopped a run."""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

from hydra.errors import (
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from automask.keys import renamed

MEMORY = re.compile(r"out of memory|not enough memory|can't allocate memory", re.I)
REASONS = {
    errno.ENOENT: "no such file: {file}; check its name and folder",
    errno.EACCES: "no permission for {file}; change its rights or choose another place",
    errno.EROFS: "{file} lies on a read-only disk; choose another out=FOLDER",
    errno.ENOSPC: "the disk is full at {file}; free some or choose another out=FOLDER",
    errno.ENOTDIR: "{file} cannot be: a part of that path is a file, not a folder",
    errno.EEXIST: "{file} is a file where a folder is needed; choose another out=",
    errno.EISDIR: "{file} is a folder where a file is needed; choose another name",
    errno.ENAMETOOLONG: "the name {file} is too long; choose a shorter one",
}
WANTED = {
    "to Integer": "must be an integer",
    "to Float": "must be a number",
    "not a valid bool": "must be true or false",
    "is not Optional": "needs a value",
    "Cannot merge DictConfig with ListConfig": "must be a list",
    "Cannot merge ListConfig with DictConfig": "must be a mapping, {name: value}",
}
REASONS[errno.EPERM] = REASONS[errno.EACCES]
REASONS[errno.EDQUOT] = REASONS[errno.ENOSPC]


def one_line(error: BaseException) -> str:
    """Say in one line what is wrong and what to do."""
    return known_line(error) or _joined(
        f"unexpected {type(error).__name__}: {error} "
        "(set AUTOMASK_DEBUG=1 to see where it comes from)"
    )


def known_line(error: BaseException) -> str | None:
    """That line for what a user or the machine can cause; None for a fault of ours."""
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and MEMORY.search(str(error))
    ):
        return "not enough memory; choose a smaller size, such as size=384"
    # Hydra's own come first: one of them is an OSError too.
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _joined(_config_line(error))
    if isinstance(error, OSError):
        return _joined(_system_line(error))
    if str(error).startswith("Config group override must be a string"):
        return "a group takes a name, as in masks=none; automask --help lists them"
    return _joined(str(error)) if isinstance(error, ValueError) else None


def _system_line(error: OSError) -> str:
    if error.errno is None:  # no network, and libraries' own messages
        return f"{getattr(error, 'reason', '') or error}"
    reason = REASONS.get(error.errno)
    # Of a temporary file the user knows no more than the folder it lies in.
    place = re.sub(r"/\.automask-[0-9a-f]+.*", "", str(error.filename or ""))
    if reason is None or not place:
        return f"{error.strerror or error}" + (f" ('{place}')" if place else "")
    return reason.format(file=f"'{place}'")


def _config_line(error: Exception) -> str:
    """Hydra's message without its advice on Hydra."""
    text, cause = str(error), error.__cause__
    parent = getattr(cause, "parent_node", None)
    if text.startswith("Could not override") and isinstance(parent, DictConfig):
        key, root = str(getattr(cause, "full_key", "")), parent._get_root()
        assert isinstance(root, DictConfig)
        return unknown_key(key, root)
    if found := re.match(r"Could not override '(.*)'\. No match in", text):
        return f"there is no {found[1]} to choose here; leave it out"
    if isinstance(error, MissingConfigException) and "Available options" in text:
        return _unknown_choice(text)
    if found := re.match(r"You must specify '(.*)', e\.g", text):
        return f"no {found[1]} given; choose one of {', '.join(_options(text))}" + (
            ", or give a picture: style=painting.jpg" if found[1] == "style" else ""
        )
    if isinstance(error, MissingMandatoryValue):
        key = error.full_key or text.rpartition(" ")[2]
        return f"no value for {key}; add {key}=..."
    if isinstance(error, OverrideParseException):
        return f"cannot read '{error.override}'; quote its value: key=\"'...'\""
    if text.startswith("Ambiguous value"):
        return f"{text.splitlines()[0].rpartition(' ')[2]} has several values; add -m"
    if cause is not None and text.startswith("Error merging override"):
        wanted = [say for part, say in WANTED.items() if part in str(cause)]
        override = text.removeprefix("Error merging override ")
        return f"{override}: {wanted[0] if wanted else _first(str(cause))}"
    if cause is not None and (found := re.match(r"In ('.*'): ", text)):
        return f"{found[1]} cannot be used: {_first(str(cause))}"
    return _first(text)


def _unknown_choice(text: str) -> str:
    found = re.search(r"Could not (?:find|load) '([^'\n]+)/([^'\n]*)'", text)
    if found is None:
        return text.splitlines()[0]
    options = _options(text)
    close = get_close_matches(found[2].lower(), options, n=1)
    meant = f"did you mean '{close[0]}'? There are" if close else "choose from"
    return f"unknown {found[1]} '{found[2]}'; {meant} {', '.join(options)}"


def _options(text: str) -> list[str]:
    """Hydra's indented list of choices; ``file`` is reached by giving a file."""
    listed = text.partition("Available options")[2].partition("Config search path")[0]
    names = [line.strip() for line in listed.splitlines()[1:] if line.startswith("\t")]
    return [name for name in names if name and name != "file"]


def _first(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _joined(text: str) -> str:
    return " ".join(text.split()) or "failed without saying why"


def unknown_key(key: str, config: DictConfig, more: Collection[str] = ()) -> str:
    """What to say of a key that is not there, with the one that may be meant.

    Args:
        key: Dotted.
        config: All keys that there are.
        more: Further ones.
    """
    if told := renamed(key):
        return told
    dotted = key.replace("/", ".")
    prefix, _, name = dotted.rpartition(".")
    paths = sorted(_paths(config), key=lambda path: path.count("."))
    anywhere = {path.rpartition(".")[2]: path for path in reversed(paths)}
    beside = {
        last: path
        for path in paths
        for start, _, last in [path.rpartition(".")]
        if start == prefix
    }
    beside |= {} if prefix else {known: known for known in more}
    if dotted != key and f"{prefix}.{name}" in paths:
        return f"{key} is no choice of parts; write {dotted}"
    meant = beside.get(name) or anywhere.get(name)
    for known in (beside, anywhere):
        lowered = {each.lower(): path for each, path in reversed(known.items())}
        if meant is None and (close := get_close_matches(name.lower(), lowered, n=1)):
            meant = lowered[close[0]]
    advice = f"did you mean '{meant}'?" if meant else f"known: {', '.join(beside)}"
    return f"unknown key '{name}'{f' in {prefix}' if prefix else ''}; {advice}"


def _paths(node: Any, prefix: str = "") -> Iterator[str]:
    """Every key of a configuration by its dotted path, but for Hydra's own."""
    if not isinstance(node, DictConfig) or node._is_missing() or node._is_none():
        return
    for key, child in node.items_ex(resolve=False):
        if (path := f"{prefix}{key!s}") != "hydra":
            yield path
            yield from _paths(child, f"{path}.")
