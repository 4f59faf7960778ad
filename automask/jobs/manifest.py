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
from dataclasses import asdict, dataclass, field
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
from automask.jobs.items import DONE, FAILED, PENDING, REPLACED, Item

HEADER = {"automask": is_text, "batch": is_text}
LINE = {
    **dict.fromkeys(("key", "content", "variant"), is_text),
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


@dataclass(frozen=True)
class Manifest:
    """An open manifest that this process alone may write.

    Args:
        path: Of the file.
        descriptor: Of the same, opened for appending and locked.
        header: Its first line; empty in a new one.
        items: Each as it is now, by its key.
    """

    path: Path
    descriptor: int
    header: dict[str, Any] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    @property
    def was_used(self) -> bool:
        """Whether any item has come to anything."""
        return any(item.state != PENDING for item in self.items.values())

    def begin(self, header: dict[str, Any]) -> None:
        """Forget everything, and write what the batch now is.

        Raises:
            OSError: If it cannot be written.
        """
        os.ftruncate(self.descriptor, 0)
        self.header.clear()
        self.items.clear()
        self.go_on(header)

    def go_on(self, header: dict[str, Any]) -> None:
        """Write what the batch is from here on.

        Raises:
            OSError: If it cannot be written.
        """
        self.header.update(header)
        self._append([self.header])

    def note(self, items: Iterable[Item]) -> None:
        """Write down how far some items are.

        Raises:
            OSError: If they cannot be written.
        """
        remaining = iter(items)
        while part := list(islice(remaining, AT_ONCE)):
            self._append([_line_of(item) for item in part])
            for item in part:
                self.keep(item)

    def keep(self, item: Item) -> None:
        """Have an item as it is now, without writing it down."""
        if item.state == REPLACED:
            self.items.pop(item.key, None)
        else:
            self.items[item.key] = item

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
    """Fill header and items; a torn last line counts as never written.

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
                manifest.keep(_item_of(told))
        except ValueError as error:
            faults[number] = str(error.args[0])
            if isinstance(told, dict) and isinstance(told.get("key"), str):
                manifest.items.pop(told["key"], None)
    return faults


def _item_of(told: Any) -> Item:
    """What a line says of an item.

    Raises:
        ValueError: If it says what cannot be.
    """
    if isinstance(told, dict) and "style" in told:  # as it was called once
        told = {"variant": told["style"]} | told
    check_shape(told, LINE)
    return Item(**{key: told.get(key) for key in LINE})


def _line_of(item: Item) -> dict[str, Any]:
    return {key: told for key, told in asdict(item).items() if told is not None}


def _say_faults(path: Path, faults: dict[int, str]) -> None:
    for number, fault in islice(faults.items(), SAID):
        log.warning(
            "'%s', line %d: %s; what it is about is painted anew", path, number, fault
        )
    if len(faults) > SAID:
        log.warning("'%s': and %d more such lines", path, len(faults) - SAID)
