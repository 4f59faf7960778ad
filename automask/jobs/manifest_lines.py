"""Lines of a manifest: an item's state in each, checked as they are read.

The file may come from elsewhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any

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
REPLACED = "replaced"  # its picture is that of another item by now
MORE = ("reason", "seconds", "stamp")
HEADER = {"automask": is_text, "batch": is_text, "config": optional(is_text)}
LINE = {
    **dict.fromkeys(("key", "content", "style"), is_text),
    "name": is_inside,
    "state": one_of(PENDING, DONE, FAILED, REPLACED),
    "reason": optional(is_text),
    "seconds": optional(is_amount),
    "stamp": optional(is_text),
}


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
class Lines:
    """What a manifest says.

    Args:
        header: What the batch is.
        entries: Last state of each item by its key.
        length: How many of its bytes are whole lines.
        faults: What is amiss, by the number of the line.
    """

    header: dict[str, Any]
    entries: dict[str, Entry]
    length: int
    faults: dict[int, str] = field(default_factory=dict)


def read_lines(content: bytes) -> Lines:
    """Read a manifest's bytes; a torn last line counts as never written.

    What a line says that is amiss is forgotten, with all that earlier ones said of its
    item: that is painted anew.
    """
    read = Lines({}, {}, content.rfind(b"\n") + 1)
    for number, line in enumerate(BytesIO(content), 1):
        if not line.endswith(b"\n"):
            break
        told = None
        try:
            told = parsed(line)
            _take(read, told)
        except ValueError as error:
            read.faults[number] = str(error.args[0])
            if isinstance(told, dict) and isinstance(told.get("key"), str):
                read.entries.pop(told["key"], None)
    return read


def _take(read: Lines, told: Any) -> None:
    """Read one line.

    Raises:
        ValueError: If it says what cannot be.
    """
    if isinstance(told, dict) and "key" not in told:
        check_shape(told, HEADER)
        read.header.update(told)
        return
    check_shape(told, LINE)
    item = Item(told["key"], told["content"], told["style"], told["name"])
    state, more = told["state"], (told.get(key) for key in MORE)
    keep(read.entries, Entry(item, state, *more))


def keep(entries: dict[str, Entry], entry: Entry) -> None:
    """Note what an item has come to."""
    if entry.state == REPLACED:
        entries.pop(entry.item.key, None)
    else:
        entries[entry.item.key] = entry


def line_of(entry: Entry) -> dict[str, Any]:
    """What a manifest says of it."""
    told = {key: getattr(entry, key) for key in MORE}
    told = {key: value for key, value in told.items() if value is not None}
    return {"state": entry.state} | asdict(entry.item) | told
