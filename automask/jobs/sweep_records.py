"""The run.json of a run that may come from elsewhere: checked as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
LEVEL = {
    "losses": each(is_number),
    "crossing": each(is_share),
    "searches": is_amount,
    "iterations": is_amount,
}
RECORD = {
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
}
"""What a sweep goes by."""


def read_record(file: Path) -> dict[str, Any]:
    """What a run says of itself.

    Raises:
        ValueError: With file and line, if it says what cannot be.
        OSError: If it cannot be read.
    """
    content = file.read_bytes()
    try:
        record = parsed(content)
        check_shape(record, RECORD)
    except ValueError as error:
        said, *path = error.args
        number = getattr(error, "lineno", 1)
        if path:
            number = line_of(content.decode("utf-8", "replace"), path[0])
        raise ValueError(f"'{file}', line {number}: {said}") from None
    found: dict[str, Any] = record
    return found
