"""The manifest: a JSON line for each thing that happened to the list of work.

Its first line says what the batch is, and so does each that begins with other settings;
every other line gives an item's state, and the last one on an item holds. Lines are
appended in one write and synced, by one process. What is read is checked, for the file
may come from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from automask.io.locks import alone_with
from automask.io.validation import (
    check_shape,
    is_amount,
    is_inside,
    is_text,
    one_of,
    optional,
    parsed,
)
from automask.jobs.items import Item

PENDING, DONE, FAILED = "pending", "done", "failed"
REPLACED = "replaced"  # its result is that of another item by now
HEADER = {"automask": is_text, "batch": is_text}
ITEM, MORE = ("key", "content", "variant", "name"), ("reason", "seconds", "stamp")
LINE = {
    **dict.fromkeys(ITEM, is_text),
    "name": is_inside,
    "state": one_of(PENDING, DONE, FAILED, REPLACED),
    "reason": optional(is_text),
    "seconds": optional(is_amount),
    "stamp": optional(is_text),
}
FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
AT_ONCE = 10_000  # lines of one write
BEGINNING = b'{"automask": '  # of every manifest
SAID = 5  # lines that are amiss and told one by one

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item and how far it is.

    Args:
        item: The one.
        state: pending, done, or failed.
        reason: Why it failed.
        seconds: That painting it took.
        stamp: Of its photograph when that was last looked at.
    """

    item: Item
    state: str
    reason: str | None = None
    seconds: float | None = None
    stamp: str | None = None


@dataclass(frozen=True)
class Manifest:
    """An open manifest that this process alone may write.

    Args:
        path: Of the file.
        descriptor: Of the same, opened for appending and locked.
        header: Its first line; empty in a new one.
        entries: Last state of each item by its key, kept up to date.
    """

    path: Path
    descriptor: int
    header: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def was_used(self) -> bool:
        """Whether any item has come to anything."""
        return any(entry.state != PENDING for entry in self.entries.values())

    def begin(self, header: dict[str, Any]) -> None:
        """Forget everything, and write what the batch now is.

        Raises:
            OSError: If it cannot be written.
        """
        os.ftruncate(self.descriptor, 0)
        self.header.clear()
        self.entries.clear()
        self.go_on(header)

    def go_on(self, header: dict[str, Any]) -> None:
        """Write what the batch is from here on.

        Raises:
            OSError: If it cannot be written.
        """
        self.header.update(header)
        self._append([self.header])

    def note(self, entries: Iterable[Entry]) -> None:
        """Write down the states of some items.

        Raises:
            OSError: If they cannot be written.
        """
        remaining = iter(entries)
        while part := list(islice(remaining, AT_ONCE)):
            self._append([_line_of(entry) for entry in part])
            for entry in part:
                _keep(self.entries, entry)

    def _append(self, lines: Iterable[dict[str, Any]]) -> None:
        """One write for all lines, so that a kill tears the last of them at most."""
        text = "".join(json.dumps(line) + "\n" for line in lines).encode()
        try:
            written = 0
            while written < len(text):  # a signal may split a long write
                written += os.write(self.descriptor, text[written:])
            os.fsync(self.descriptor)
        except OSError as error:
            raise OSError(error.errno, error.strerror, os.fspath(self.path)) from error


@contextmanager
def open_manifest(path: Path, kind: str = "batch") -> Iterator[Manifest]:
    """Open or make a manifest, locked for as long as this process lives.

    Args:
        path: Of the file.
        kind: Of the work, for messages.

    Raises:
        ValueError: If another process has it, or the file is no manifest.
        OSError: If it cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of its own whatever the length of the manifest's name.
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    with alone_with(path.with_name(f".automask-{digest}.lock"), path, kind):
        descriptor = os.open(path, FLAGS, 0o666)
        try:
            content = path.read_bytes()
            if content[: len(BEGINNING)] != BEGINNING[: len(content)]:
                raise ValueError(f"'{path}' is no manifest of a {kind}; choose another")
            manifest = Manifest(path, descriptor)
            _say_faults(path, read_lines(content, manifest))
            # What a kill left of a line goes, or the next one would be joined to it.
            os.ftruncate(descriptor, content.rfind(b"\n") + 1)
            yield manifest
        finally:
            os.close(descriptor)


def read_lines(content: bytes, manifest: Manifest) -> dict[int, str]:
    """Fill header and entries; a torn last line counts as never written.

    What a line says that is amiss is forgotten, with all that earlier ones said of its
    item: that is painted anew.

    Returns:
        What is amiss, by the number of the line.
    """
    faults = {}
    for number, line in enumerate(BytesIO(content), 1):
        if not line.endswith(b"\n"):
            break
        told = None
        try:
            told = parsed(line)
            if isinstance(told, dict) and "key" not in told:
                check_shape(told, HEADER)
                manifest.header.update(told)
            else:
                _keep(manifest.entries, _entry_of(told))
        except ValueError as error:
            faults[number] = str(error.args[0])
            if isinstance(told, dict) and isinstance(told.get("key"), str):
                manifest.entries.pop(told["key"], None)
    return faults


def _entry_of(told: Any) -> Entry:
    """What a line says of an item.

    Raises:
        ValueError: If it says what cannot be.
    """
    if isinstance(told, dict) and "style" in told:  # as it was called once
        told = {"variant": told["style"]} | told
    check_shape(told, LINE)
    more = (told.get(key) for key in MORE)
    return Entry(Item(*(told[key] for key in ITEM)), told["state"], *more)


def _line_of(entry: Entry) -> dict[str, Any]:
    line = {"state": entry.state} | {key: getattr(entry.item, key) for key in ITEM}
    more = {key: getattr(entry, key) for key in MORE}
    return line | {key: value for key, value in more.items() if value is not None}


def _keep(entries: dict[str, Entry], entry: Entry) -> None:
    """Note what an item has come to."""
    if entry.state == REPLACED:
        entries.pop(entry.item.key, None)
    else:
        entries[entry.item.key] = entry


def _say_faults(path: Path, faults: dict[int, str]) -> None:
    for number, fault in islice(faults.items(), SAID):
        log.warning(
            "'%s', line %d: %s; what it is about is painted anew", path, number, fault
        )
    if len(faults) > SAID:
        log.warning("'%s': and %d more such lines", path, len(faults) - SAID)
