"""The command line as people type it, rewritten for Hydra's grammar."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from automask.cli.suggestions import KEYS, check_words
from automask.images.formats import READABLE
from automask.io.filenames import (
    exists,
    expanded,
    is_group,
    nearest,
    quoted,
    takes_file,
    values_of,
)
from automask.pipeline.style_spec import FILE, parts_of, style_files

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
    flags, overrides = parted([word for word in argv if word not in quiet])
    check_words(overrides)
    sweep = any(word in ("-m", "--multirun", "hydra.mode=MULTIRUN") for word in argv)
    known = None if _searches_elsewhere(overrides) else style_files(flags)
    rewritten = [word for line in overrides for word in _override(line, sweep, known)]
    keys = [word.partition("=")[0].lstrip("+") for word in rewritten]
    if {"-h", "--help"} & set(flags):
        rewritten = ["style=file"]  # help is about all choices; Hydra wants one made
    elif "style" not in keys and any(key.split(".")[0] == "regions" for key in keys):
        rewritten = ["style=file", *rewritten]  # the regions name the styles
    return [*rewritten, *(["quiet=true"] if quiet else []), *flags]


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
        named = takes_file(key.lstrip("+"), text) or key.split(".")[0] == "regions"
        value = OmegaConf.select(config, key.lstrip("+")) if named else None
        if key == "style.image":
            words.append(f"style={value}")
        elif line != "style=file":
            words.append(line if value is None else f"{key}={value}")
    return shlex.join(words)


def parted(argv: list[str]) -> tuple[list[str], list[str]]:
    """Options with their values, and all other words.

    Raises:
        ValueError: If an option is unknown, or its value is missing.
    """
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
            raise ValueError(f"unknown option '{word}'; {_option_meant(word)}")
    return flags, overrides


def _option_meant(word: str) -> str:
    name = word.lstrip("-")
    if name.partition("=")[0] in KEYS:
        return f"write {name if '=' in name else f'{name}=...'}"
    close = get_close_matches(word, (*FLAGS, *VALUED, "--quiet"), n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else "see automask --help"


def _override(
    line: str, sweep: bool, known: Mapping[str, Path] | None
) -> Iterator[str]:
    """One typed ``key=value`` as one or two of Hydra's."""
    key, equals, value = line.partition("=")
    if not equals:
        yield line
    elif key == "style":
        yield from _style(value, sweep, known)
    elif key.split(".")[0] == "regions":  # its keys are the user's, and new to Hydra
        if "." in key and not is_group(value):
            value = _joined(_styles(value, sweep, known), known)
        else:
            value = ",".join(quoted(each) for each in values_of(value, sweep))
        yield f"++{key}={value}"
    elif takes_file(key.lstrip("+"), value):
        yield f"{key}={_paths(key.lstrip('+'), value, sweep)}"
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
    return [[_piece(p, known) for p in parts_of(v)] for v in values_of(value, sweep)]


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
        return expanded(piece)
    names = sorted(name for name in known if name != FILE)
    close = get_close_matches(piece, names, n=1)
    advice = f"choose from {', '.join(names)}, or give a picture: style=painting.jpg"
    if close := close or [found for found in (nearest(piece),) if found]:
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


def _paths(key: str, value: str, sweep: bool) -> str:
    return ",".join(
        quoted(expanded(each)) if takes_file(key, each) else each
        for each in values_of(value, sweep)
    )


def _searches_elsewhere(overrides: list[str]) -> bool:
    return any(line.lstrip("+").startswith("hydra.searchpath") for line in overrides)
