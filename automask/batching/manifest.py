"""The manifest: a JSON line for each thing that happened to the list of work.

Its first line says what the batch is; each further line gives an item's state, and the
last one on an item holds. Lines are appended in one write and synced, by one process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from automask.batching.draft import lock
from automask.batching.items import Item

PENDING, DONE, FAILED = "pending", "done", "failed"
AT_ONCE = 10_000  # lines of one write
MARK = b'{"automask": '  # what every manifest begins with


@dataclass(frozen=True, slots=True)
class Entry:
    """An item and how far it is.

    Args:
        item: The one.
        state: pending, done, or failed.
        reason: Why it failed.
        seconds: That painting it took.
    """

    item: Item
    state: str
    reason: str | None = None
    seconds: float | None = None


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

    def begin(self, header: dict[str, Any]) -> None:
        """Forget everything, and write what the batch now is.

        Raises:
            OSError: If it cannot be written.
        """
        os.ftruncate(self.descriptor, 0)
        self.header.clear()
        self.entries.clear()
        self.header.update(header)
        _append(self, [header])

    def note(self, entries: Iterable[Entry]) -> None:
        """Write down the states of some items.

        Raises:
            OSError: If they cannot be written.
        """
        remaining = iter(entries)
        while part := list(islice(remaining, AT_ONCE)):
            _append(self, [_line(entry) for entry in part])
            self.entries.update((entry.item.key, entry) for entry in part)

    def count(self, state: str) -> int:
        """How many items are in that state."""
        return sum(entry.state == state for entry in self.entries.values())


@contextmanager
def open_manifest(path: Path) -> Iterator[Manifest]:
    """Open or make a manifest, locked for as long as this process lives.

    Raises:
        ValueError: If another process has it, or the file is no manifest.
        OSError: If it cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        lock(descriptor, path)
        content = path.read_bytes()
        if content[: len(MARK)] != MARK[: len(content)]:
            raise ValueError(f"'{path}' is no manifest of a batch; choose another")
        whole = read_lines(content)
        # What a kill left of a line goes, or the next one would be joined to it.
        os.ftruncate(descriptor, whole.length)
        yield Manifest(path, descriptor, whole.header, whole.entries)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Lines:
    """What a manifest says, and how many of its bytes are whole lines."""

    header: dict[str, Any]
    entries: dict[str, Entry]
    length: int


def read_lines(content: bytes) -> Lines:
    """Read a manifest's bytes; a torn last line counts as never written.

    A line that is no JSON is passed over: its item is then found again by its record.
    """
    length = content.rfind(b"\n") + 1
    lines = (_parsed(line) for line in BytesIO(content) if line.endswith(b"\n"))
    header = next(lines, {})
    entries = (_entry(line) for line in lines if "key" in line)
    return Lines(header, {entry.item.key: entry for entry in entries}, length)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _line(entry: Entry) -> dict[str, Any]:
    more = {"reason": entry.reason, "seconds": entry.seconds}
    told = {key: value for key, value in more.items() if value is not None}
    return {"state": entry.state} | asdict(entry.item) | told


def _entry(line: dict[str, Any]) -> Entry:
    item = Item(line["key"], line["content"], line["style"], line["name"])
    return Entry(item, line["state"], line.get("reason"), line.get("seconds"))


def _append(manifest: Manifest, lines: Iterable[dict[str, Any]]) -> None:
    """One write for all lines, so that a kill tears the last of them at most."""
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    try:
        written = 0
        while written < len(text):  # a signal may split a long write
            written += os.write(manifest.descriptor, text[written:])
        os.fsync(manifest.descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(manifest.path)) from error
