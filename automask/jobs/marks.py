"""What the record of a finished picture says of the item that it is."""

from __future__ import annotations

from typing import NamedTuple

from automask.io.urls import file_system
from automask.io.validation import check_shape, is_sha256, is_text, parsed

SHAPE = {
    "item": {"batch": is_text, "key": is_text},
    "content": {"sha256": is_sha256},
}


class Mark(NamedTuple):
    """An item's batch and key, and the hash of the photograph that was painted."""

    batch: str
    key: str
    sha256: str


NONE = Mark("", "", "")


def mark_of(out: str, name: str) -> Mark:
    """The mark in the record of that name; an empty one where there is none of ours."""
    fs, path = file_system(f"{out}/{name}.json")
    try:
        told = parsed(fs.cat_file(path))
        check_shape(told, SHAPE)
    except (ValueError, OSError):
        return NONE
    item = told["item"]
    return Mark(item["batch"], item["key"], told["content"]["sha256"])
