"""Files read at once or not at all, and written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_regular(path: str | Path) -> None:
    """Refuse what cannot be read at once: neither a file nor a folder.

    Raises:
        ValueError: If it is a pipe, a socket or a device.
        OSError: If nothing is there.
    """
    kind = KINDS.get(stat.S_IFMT(os.stat(path).st_mode))
    if kind is not None:
        raise ValueError(f"'{path}' is {kind}; give a file")


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        ValueError: If it is a pipe, a socket or a device.
        OSError: If it is not there, or cannot be read.
    """
    check_regular(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A temporary file, which gets its name once it is complete and on the disk.

    Raises:
        OSError: Named after ``path``, if it cannot be written; nothing is left then.
    """
    temporary = path.with_name(f".automask-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    finally:
        with suppress(OSError):  # it was never made, or has its name by now
            temporary.unlink()


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: Named after ``path``, if it cannot be written.
    """
    with written_whole(path) as file:
        file.write(content)


def write_json(path: Path, document: Any) -> None:
    """Write a document as JSON, whole or not at all.

    A file's name in it that is no UTF-8 gets JSON's own escapes.

    Raises:
        OSError: Named after ``path``, if it cannot be written.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False)
    write_bytes(path, text.encode("utf-8", "backslashreplace") + b"\n")
