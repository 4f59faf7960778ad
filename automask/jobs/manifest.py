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
from itertools import islice
from pathlib import Path
from typing import Any

from automask.io.locks import alone_with
from automask.jobs.manifest_lines import Entry, keep, line_of, read_lines

BATCH = "batch"  # of which one process at a time may be at work
FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
AT_ONCE = 10_000  # lines of one write
MARK = b'{"automask": '  # what every manifest begins with
SAID = 5  # lines that are amiss and told one by one

log = logging.getLogger(__name__)


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

    def now(self, header: dict[str, Any]) -> None:
        """Write what the batch is from here on.

        Raises:
            OSError: If it cannot be written.
        """
        self.header.update(header)
        _append(self, [self.header])

    def note(self, entries: Iterable[Entry]) -> None:
        """Write down the states of some items.

        Raises:
            OSError: If they cannot be written.
        """
        remaining = iter(entries)
        while part := list(islice(remaining, AT_ONCE)):
            _append(self, [line_of(entry) for entry in part])
            for entry in part:
                keep(self.entries, entry)

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
    with alone_with(_lock_file(path), path, BATCH):
        descriptor = os.open(path, FLAGS, 0o666)
        try:
            content = path.read_bytes()
            if content[: len(MARK)] != MARK[: len(content)]:
                raise ValueError(f"'{path}' is no manifest of a batch; choose another")
            whole = read_lines(content)
            _say_faults(path, whole.faults)
            # What a kill left of a line goes, or the next one would be joined to it.
            os.ftruncate(descriptor, whole.length)
            yield Manifest(path, descriptor, whole.header, whole.entries)
        finally:
            os.close(descriptor)


def _lock_file(path: Path) -> Path:
    """Beside a manifest, and of its own whatever the length of its name."""
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".automask-{digest}.lock")


def _say_faults(path: Path, faults: dict[int, str]) -> None:
    for number, fault in islice(faults.items(), SAID):
        log.warning(
            "'%s', line %d: %s; what it is about is painted anew", path, number, fault
        )
    if len(faults) > SAID:
        log.warning("'%s': and %d more such lines", path, len(faults) - SAID)


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
