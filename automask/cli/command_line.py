"""The command line as people type it, rewritten for Hydra's grammar."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from automask.cli.suggestions import KEYS, check_words
from automask.images.formats import is_picture_name
from automask.io.filenames import (
    exists,
    expanded,
    is_group,
    nearest,
    quoted,
    values_of,
)
from automask.pipeline.style_spec import FILE, parts_of, style_files

QUIET, HELP, SWEEP = ("-q", "--quiet"), ("-h", "--help"), ("-m", "--multirun")
DIR, SHOW = ("--config-dir", "-cd"), ("--cfg", "-c")  # these two take a value
OPTIONS = (*QUIET, *HELP, *SWEEP, *DIR, *SHOW, "--resolve", "--version")
FILES = (  # keys of a run whose values are files
    *("content", "out", "init", "checkpoint", "map", "encoder.weights"),
    *("style.image", "style.map", "masks.drawn.content", "masks.drawn.style"),
)
TABLES = re.compile(r"masks\.drawn\.names|masks\.sources\.[^.=]+\.names")
"""Keys that take a file, or what it holds in Hydra's own grammar."""
MODELS = re.compile(r"masks\.sources\.[^.=]+\.(model|weights)")
NOTHING = ("content", "out", "checkpoint", "map", "encoder.weights", "style.map")
"""Of these the word null means none; the name of a file otherwise."""
PLAIN = re.compile(r"[\w./+-]*", re.ASCII)  # what no grammar takes amiss


def rewrite(argv: Sequence[str]) -> list[str]:
    """Quote file names for Hydra and turn ``style=FILE`` into the style ``file``.

    Args:
        argv: What was typed, without the program's name.

    Returns:
        Arguments that Hydra takes: overrides first, then options.

    Raises:
        ValueError: If an option, an argument or a style is unknown.
    """
    options, typed = parted(argv)
    check_words(typed)
    sweep = bool({*SWEEP}.intersection(options)) or "hydra.mode=MULTIRUN" in typed
    known = style_files(folders_of(options))
    overrides = [word for line in typed for word in _override(line, sweep, known)]
    keys = [word.partition("=")[0].lstrip("+") for word in overrides]
    if "style" not in keys and any(key.split(".")[0] == "regions" for key in keys):
        overrides.insert(0, "style=file")  # the regions name the styles
    if not {*QUIET}.isdisjoint(options):
        overrides.append("quiet=true")
    return [*overrides, *(each for each in options if each not in QUIET)]


def run_command(words: Iterable[str]) -> str:
    """A shell line that makes a run again from the same folder, of what was typed."""
    return shlex.join(["python", "-m", "automask.run", *words])


def parted(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options, each with its value behind it, and all other words.

    Raises:
        ValueError: If an option is unknown, or its value is missing.
    """
    options: list[str] = []
    others: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            others.append(word)
        elif name in (*DIR, *SHOW):
            value = value if equals else next(words, "")
            if not value:
                raise ValueError(f"option {word} needs a value; see automask --help")
            if name in SHOW and value != "job":
                raise ValueError(f"{name} takes job, got '{value}'")
            options += [name, value]
        elif word in OPTIONS:
            options.append(word)
        else:
            raise ValueError(f"unknown option '{word}'; {_option_meant(word)}")
    return options, others


def folders_of(options: Sequence[str]) -> list[str]:
    """Absolute paths of the folders given with ``--config-dir``.

    Raises:
        ValueError: If there is no such folder.
    """
    given = [Path(value) for name, value in pairwise(options) if name in DIR]
    for folder in given:
        if not folder.is_dir():
            raise ValueError(f"{DIR[0]} needs a folder that is there, got '{folder}'")
    return [str(folder.absolute()) for folder in given]


def _option_meant(word: str) -> str:
    name = word.lstrip("-")
    if name.partition("=")[0] in KEYS:
        return f"write {name if '=' in name else f'{name}=...'}"
    close = get_close_matches(word, OPTIONS, n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else "see automask --help"


def _override(line: str, sweep: bool, known: Mapping[str, Path]) -> Iterator[str]:
    """One typed ``key=value`` as one or two of Hydra's."""
    key, equals, value = line.partition("=")
    values = values_of(value, sweep)
    if not equals:
        yield line
    elif key == "style" and all(each in known for each in values):
        yield line
    elif key == "style":
        yield "style=file"
        yield f"style.image={_styles(values, known)}"
    elif key.split(".")[0] == "regions":  # its keys are the user's, and new to Hydra
        named = "." in key and not is_group(value)
        yield f"++{key}={_styles(values, known) if named else _quoted(values)}"
    elif key.lstrip("+").split(".")[:2] == ["masks", "weights"]:  # these as well
        yield f"++{key.lstrip('+')}={value}"
    elif _takes_file(name := key.lstrip("+"), value):
        files = (quoted(expanded(v)) if _takes_file(name, v) else v for v in values)
        yield f"{key}={','.join(files)}"
    elif not PLAIN.fullmatch(value) and exists(value):
        yield f"{key}={quoted(value)}"
    else:
        yield line


def _takes_file(key: str, value: str) -> bool:
    """Whether this ``key=value`` names a file, or files by name in {} or []."""
    if value == "null" and (key in NOTHING or key not in FILES):
        return False
    if TABLES.fullmatch(key):
        return value[:1] not in ("{", "[", "")
    return key in FILES or MODELS.fullmatch(key) is not None


def _styles(values: Iterable[str], known: Mapping[str, Path]) -> str:
    """Styles joined by +, as Hydra takes them."""
    return _quoted("+".join(_style(p, known) for p in parts_of(v)) for v in values)


def _quoted(values: Iterable[str]) -> str:
    return ",".join(map(quoted, values))


def _style(part: str, known: Mapping[str, Path]) -> str:
    """One style: a name that comes with automask, or a file, its tilde expanded.

    Raises:
        ValueError: If it is no known name and looks like no file.
    """
    if part in known:  # a name of the user's own stands for its YAML file
        return part if known[part] == style_files().get(part) else str(known[part])
    if exists(part) or "/" in part or is_picture_name(part):
        return expanded(part)
    names = sorted(name for name in known if name != FILE)
    advice = f"choose from {', '.join(names)}, or give a picture: style=painting.jpg"
    close = get_close_matches(part, names, n=1)
    if meant := close[0] if close else nearest(part):
        advice = f"did you mean '{meant}'?"
    raise ValueError(f"unknown style '{part}' and no file of that name; {advice}")
