"""The command line as people type it, rewritten for Hydra's grammar."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig, OmegaConf

from automask.config import config_folder

PATH_KEYS = ("content", "out", "init", "encoder.weights", "style.image")
NOTHING = ("out=null", "encoder.weights=null")  # the word, not a file
FLAGS = (
    *("--help", "-h", "--hydra-help", "--version", "--run", "-r", "--multirun", "-m"),
    *("--shell-completion", "-sc", "--resolve"),
)
VALUED = (
    *("--package", "-p", "--config-path", "-cp", "--config-name", "-cn"),
    *("--config-dir", "-cd", "--cfg", "-c", "--info", "-i"),
)
PICTURES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".jp2"),
    *(".avif", ".heic", ".heif", ".ppm", ".psd", ".svg", ".pdf"),
)
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
    choices = None if _searches_elsewhere(overrides) else style_names(flags)
    rewritten = [word for line in overrides for word in _override(line, sweep, choices)]
    if {"-h", "--help"} & set(flags):
        rewritten = ["style=file"]  # help is about all choices; Hydra wants one made
    return [*rewritten, *(["quiet=true"] if quiet else []), *flags]


def quoted(text: str) -> str:
    """Any text as a value that Hydra's grammar and OmegaConf both leave as it is."""
    if "${" in text:
        # OmegaConf reads a backslash as one only where an interpolation follows.
        text = re.sub(r"(\\*)\$\{", lambda m: 2 * m[1] + r"\${", text)
    return QuotedString(text, Quote.single).with_quotes()


def style_names(flags: Iterable[str] = ()) -> list[str]:
    """Names in the style group, with those of a ``--config-dir`` among ``flags``."""
    return [file.stem for file in style_files(flags)]


def style_files(flags: Iterable[str] = ()) -> list[Path]:
    """The YAML files of these styles."""
    words = list(flags)
    given = [
        Path(value)
        for flag, value in zip(words, words[1:], strict=False)
        if flag in ("--config-dir", "-cd")
    ]
    folders = [folder / "style" for folder in (config_folder(), *given)]
    files = {file.stem: file for folder in folders for file in folder.glob("*.yaml")}
    return [files[name] for name in sorted(files)]


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
        key = line.partition("=")[0]
        value = OmegaConf.select(config, key) if key in PATH_KEYS else None
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


def _override(line: str, sweep: bool, choices: list[str] | None) -> Iterator[str]:
    """One typed ``key=value`` as one or two of Hydra's."""
    key, equals, value = line.partition("=")
    if not equals:
        if not line.startswith("~"):
            raise ValueError(
                f"'{line}' has no key; write content={line} or style={line}"
            )
        yield line
    elif key == "style":
        yield from _style(value, sweep, choices)
    elif key.lstrip("+") in PATH_KEYS and line not in NOTHING:
        yield f"{key}={_paths(value, sweep)}"
    elif not PLAIN.fullmatch(value) and _exists(value):
        yield f"{key}={quoted(value)}"
    else:
        yield line


def _style(value: str, sweep: bool, choices: list[str] | None) -> Iterator[str]:
    """Keep names of the group; send files to the style named file."""
    parts = _parts(value, sweep)
    files = [part for part in parts if _is_file(part, choices or ())]
    if not files:
        unknown = [part for part in parts if choices and part not in choices]
        if unknown:
            names = ", ".join(name for name in choices or () if name != "file")
            raise ValueError(
                f"unknown style '{unknown[0]}' and no file of that name; "
                f"choose from {names}, or give a picture: style=painting.jpg"
            )
        yield f"style={value}"
    elif len(files) < len(parts):
        raise ValueError(
            f"style={value} mixes names and files; sweep over one kind at a time"
        )
    else:
        yield "style=file"
        yield f"style.image={_paths(value, sweep)}"


def _is_file(value: str, choices: Iterable[str]) -> bool:
    return value not in choices and (
        _exists(value) or "/" in value or is_picture_name(value)
    )


def _paths(value: str, sweep: bool) -> str:
    return ",".join(quoted(_expanded(part)) for part in _parts(value, sweep))


def _parts(value: str, sweep: bool) -> list[str]:
    """The values of a sweep; a file whose own name has a comma is one value."""
    return value.split(",") if sweep and not _exists(value) else [value]


def _expanded(path: str) -> str:
    # Some shells leave the tilde of key=~/file as it is.
    home = path.startswith("~") and not Path(path).exists()
    return os.path.expanduser(path) if home else path


def _exists(path: str) -> bool:
    try:
        return bool(path) and Path(path).exists()
    except (OSError, ValueError):  # too long a name, or a null byte
        return False


def _searches_elsewhere(overrides: list[str]) -> bool:
    return any(line.lstrip("+").startswith("hydra.searchpath") for line in overrides)
