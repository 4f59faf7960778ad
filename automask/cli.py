"""The command line as people type it, rewritten for Hydra's grammar."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig, OmegaConf

from automask.formats import READABLE
from automask.palette import FILE, exists, parts_of, style_files

PATH_KEYS = (
    *("content", "out", "init", "checkpoint"),
    *("encoder.weights", "style.image"),
)
NOTHING = (  # the word, not a file
    *("content=null", "out=null", "checkpoint=null", "encoder.weights=null"),
)
FLAGS = (
    *("--help", "-h", "--hydra-help", "--version", "--run", "-r", "--multirun", "-m"),
    *("--shell-completion", "-sc", "--resolve"),
)
VALUED = (
    *("--package", "-p", "--config-path", "-cp", "--config-name", "-cn"),
    *("--config-dir", "-cd", "--cfg", "-c", "--info", "-i"),
)
PICTURES = (*READABLE, ".svg", ".pdf")  # what people take for pictures
PLAIN = re.compile(r"[\w./+-]*", re.ASCII)  # what no grammar takes amiss


def rewrite(argv: list[str]) -> list[str]:
    """Quote file names for Hydra and turn ``style=FILE`` into the style ``file``.

    Args:
        argv: What was typed, without the program's name.

    Returns:
        Arguments that Hydra takes: overrides first, then flags.

    Raises:
        ValueError: If an option, an argument or a style is unknown.
    """
    quiet = [word for word in argv if word in ("-q", "--quiet")]
    flags, overrides = _parted([word for word in argv if word not in quiet])
    sweep = any(word in ("-m", "--multirun", "hydra.mode=MULTIRUN") for word in argv)
    known = None if _searches_elsewhere(overrides) else style_files(flags)
    rewritten = [word for line in overrides for word in _override(line, sweep, known)]
    keys = [word.partition("=")[0].lstrip("+") for word in rewritten]
    if {"-h", "--help"} & set(flags):
        rewritten = ["style=file"]  # help is about all choices; Hydra wants one made
    elif "style" not in keys and any(key.split(".")[0] == "regions" for key in keys):
        rewritten = ["style=file", *rewritten]  # the regions name the styles
    return [*rewritten, *(["quiet=true"] if quiet else []), *flags]


def quoted(text: str) -> str:
    """Any text as a value that Hydra's grammar and OmegaConf both leave as it is."""
    if "${" in text:
        # OmegaConf reads a backslash as one only where an interpolation follows.
        text = re.sub(r"(\\*)\$\{", lambda m: 2 * m[1] + r"\${", text)
    return QuotedString(text, Quote.single).with_quotes()


def is_picture_name(name: str) -> bool:
    """Whether the name ends as those of picture files do."""
    return name.lower().endswith(PICTURES)


def paste_command(
    overrides: Iterable[str], config: DictConfig, folders: Iterable[str] = ()
) -> str:
    """A shell line that makes the run again from the same folder.

    Args:
        overrides: Hydra's list of them.
        config: What they led to.
        folders: Given with ``--config-dir``.
    """
    words = ["python", "-m", "automask.run"]
    words += [word for folder in folders for word in ("--config-dir", folder)]
    for line in overrides:
        key, _, text = line.partition("=")
        if key.startswith("++regions"):
            key, line = key[2:], line[2:]
        named = key in PATH_KEYS or (key.startswith("regions.") and text[:1] != "{")
        value = OmegaConf.select(config, key) if named else None
        if key == "style.image":
            words.append(f"style={value}")
        elif line != "style=file":
            words.append(line if value is None else f"{key}={value}")
    return shlex.join(words)


def _parted(argv: list[str]) -> tuple[list[str], list[str]]:
    flags: list[str] = []
    overrides: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, _ = word.partition("=")
        if not word.startswith("-"):
            overrides.append(word)
        elif name in VALUED and not equals:
            value = next(words, None)
            if value is None and name not in ("--info", "-i"):
                raise ValueError(f"option {word} needs a value; see automask --help")
            if name in ("--cfg", "-c") and value not in ("job", "hydra", "all"):
                raise ValueError(f"{word} takes job, hydra or all, got '{value}'")
            flags += [word, value] if value is not None else [word]
        elif name in (*FLAGS, *VALUED):
            flags.append(word)
        else:
            raise ValueError(f"unknown option '{word}'; see automask --help")
    return flags, overrides


def _override(
    line: str, sweep: bool, known: Mapping[str, Path] | None
) -> Iterator[str]:
    """One typed ``key=value`` as one or two of Hydra's."""
    key, equals, value = line.partition("=")
    if not equals:
        if not line.startswith("~"):
            raise ValueError(
                f"'{line}' has no key; write content={line} or style={line}"
            )
        yield line
    elif key == "style":
        yield from _style(value, sweep, known)
    elif key.split(".")[0] == "regions":  # its keys are the user's, and new to Hydra
        if "." in key and not value.startswith("{"):
            value = _joined(_styles(value, sweep, known), known)
        yield f"++{key}={value}"
    elif key.lstrip("+") in PATH_KEYS and line not in NOTHING:
        yield f"{key}={_paths(value, sweep)}"
    elif not PLAIN.fullmatch(value) and exists(value):
        yield f"{key}={quoted(value)}"
    else:
        yield line


def _style(value: str, sweep: bool, known: Mapping[str, Path] | None) -> Iterator[str]:
    """Keep names of the group; send all else to the style named file."""
    listed = _styles(value, sweep, known)
    if all(len(each) == 1 and not _is_file(each[0], known or ()) for each in listed):
        yield f"style={value}"
    else:
        yield "style=file"
        yield f"style.image={_joined(listed, known)}"


def _styles(
    value: str, sweep: bool, known: Mapping[str, Path] | None
) -> list[list[str]]:
    """The styles of each value of a sweep."""
    return [[_piece(p, known) for p in parts_of(v)] for v in _parts(value, sweep)]


def _joined(listed: list[list[str]], known: Mapping[str, Path] | None) -> str:
    """These again as Hydra takes them."""
    named = ("+".join(_named(piece, known) for piece in each) for each in listed)
    return ",".join(map(quoted, named))


def _piece(piece: str, known: Mapping[str, Path] | None) -> str:
    """One style as typed, its tilde expanded.

    Raises:
        ValueError: If it is no known name and looks like no file.
    """
    if known is None or piece in known or _is_file(piece, known):
        return _expanded(piece)
    names = sorted(name for name in known if name != FILE)
    close = get_close_matches(piece, names, n=1)
    advice = f"choose from {', '.join(names)}, or give a picture: style=painting.jpg"
    if close:
        advice = f"did you mean '{close[0]}'?"
    raise ValueError(f"unknown style '{piece}' and no file of that name; {advice}")


def _named(piece: str, known: Mapping[str, Path] | None) -> str:
    """A name that does not come with automask as the YAML file that it stands for."""
    file = (known or {}).get(piece)
    return piece if file is None or file == style_files().get(piece) else str(file)


def _is_file(value: str, choices: Iterable[str]) -> bool:
    return value not in choices and (
        exists(value) or "/" in value or is_picture_name(value)
    )


def _paths(value: str, sweep: bool) -> str:
    return ",".join(quoted(_expanded(part)) for part in _parts(value, sweep))


def _parts(value: str, sweep: bool) -> list[str]:
    """The values of a sweep; a file whose own name has a comma is one value."""
    return value.split(",") if sweep and not exists(value) else [value]


def _expanded(path: str) -> str:
    # Some shells leave the tilde of key=~/file as it is.
    home = path.startswith("~") and not Path(path).exists()
    return os.path.expanduser(path) if home else path


def _searches_elsewhere(overrides: list[str]) -> bool:
    return any(line.lstrip("+").startswith("hydra.searchpath") for line in overrides)
