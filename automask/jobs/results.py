"""Where results lie, and their records, which may come from elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from automask.io.urls import file_system, is_local, names_below
from automask.io.validation import (
    check_shape,
    each,
    is_amount,
    is_number,
    is_sha256,
    is_share,
    is_text,
    line_of,
    optional,
    parsed,
)

FILE = {"path": is_text, "sha256": is_sha256}
IDENTITY = {"item": {"batch": is_text, "key": is_text}, "content": optional(FILE)}
LEVEL = {
    "losses": each(is_number),
    "crossing": each(is_share),
    "searches": is_amount,
    "iterations": is_amount,
}
RUN = {
    "folder": is_text,
    "config": each(lambda value: True),
    "versions": each(is_text),
    "content": optional(FILE),
    "styles": [FILE],
    "masks": [{"name": is_text}],
    "encoder": optional(each(is_text)),
    "levels": [LEVEL],
    "seconds": each(is_amount),
    "peak_memory_mib": is_amount,
    "item": {"key": is_text, "memo": each(is_amount), "warnings": [is_text]},
}
"""What a sweep's sheet and tables go by."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Results:
    """Where results lie and of what kind they are.

    Args:
        out: Absolute path or URL.
        suffix: Of the pictures.
        folders: Whether each is a run folder NAME, as of a single run, rather than the
            files NAME.png and NAME.json.
    """

    out: str
    suffix: str = "png"
    folders: bool = False

    def record(self, name: str) -> str:
        """The record's path below ``out``; the result is there if it is."""
        return f"{name}/run.json" if self.folders else f"{name}.json"

    def paths(self, name: str) -> list[str]:
        """All that lies below ``out`` under a name."""
        ends = ("",) if self.folders else (f".{self.suffix}", ".json", ".masks")
        return [f"{name}{end}" for end in ends]

    def is_whole(self, name: str) -> bool:
        """Whether the result whose record is there can be used; a line says why not."""
        if not self.folders:
            return True
        folder = Path(self.out, name)
        try:
            record = read_run(folder / "run.json")
        except (OSError, ValueError) as error:
            log.warning("%s; that run is made anew", error)
            return False
        return record["config"].get("stage") == "masks" or any(folder.glob("*.png"))

    def existing(self) -> Callable[[str], bool]:
        """Whether a path below ``out`` exists; a URL is listed once for all."""
        if is_local(self.out):
            return lambda path: lexists(f"{self.out}/{path}")
        files = names_below(self.out)
        above = {str(up) for file in files for up in PurePosixPath(file).parents}
        return (files | above).__contains__


class Identity(NamedTuple):
    """What a record says of its item: batch, key, hash of the photograph painted."""

    batch: str
    key: str
    sha256: str


def identity_of(results: Results, name: str) -> Identity:
    """The identity in the record of that name; empty where there is none of ours."""
    fs, path = file_system(f"{results.out}/{results.record(name)}")
    try:
        told = parsed(fs.cat_file(path))
        check_shape(told, IDENTITY)
    except (ValueError, OSError):
        return Identity("", "", "")
    content = told["content"] or {"sha256": ""}
    return Identity(told["item"]["batch"], told["item"]["key"], content["sha256"])


def read_run(file: Path) -> dict[str, Any]:
    """The run.json of a sweep's run.

    Raises:
        ValueError: With file and line, if it says what cannot be.
        OSError: If it cannot be read.
    """
    content = file.read_bytes()
    try:
        record = parsed(content)
        check_shape(record, RUN)
    except ValueError as error:
        said, *path = error.args
        number = getattr(error, "lineno", 1)
        if path:
            number = line_of(content.decode("utf-8", "replace"), path[0])
        raise ValueError(f"'{file}', line {number}: {said}") from None
    found: dict[str, Any] = record
    return found
