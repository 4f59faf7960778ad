"""Weights of segmentation nets that others publish, fetched where that is allowed."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from automask.io import terminal
from automask.io.files import file_sha256
from automask.io.locks import locked

TIMEOUT = 60.0  # s without a byte after which a server counts as gone
SHA256 = re.compile("[0-9a-f]{64}")


def announce(what: str, mebibytes: float, place: str, licence: str) -> None:
    """Say what is about to be fetched, how large it is, from where, and its licence."""
    terminal.tell(f"fetching {what} ({mebibytes:.0f} MiB) from {place}; {licence}")


def fetch(url: str, path: Path) -> None:
    """Download a file whose name holds the first digits of its SHA-256: a-1234abcd.pth.

    It appears once all of it has come and fits the digits.

    Raises:
        OSError: If it cannot be had.
        RuntimeError: If something else came, or not all of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    digits = path.stem.rsplit("-", 1)[-1]
    with locked(path.with_name(f".{path.name}.lock")), _patience():
        if not path.is_file():  # another process may have been faster
            progress = sys.stderr.isatty()
            try:
                torch.hub.download_url_to_file(url, str(path), digits, progress)
            except RuntimeError as error:
                raise RuntimeError(
                    "what came is not that file, or not all of it: its SHA-256 does "
                    f"not begin with {digits}"
                ) from error


def check_blobs(folder: Path) -> None:
    """Refuse files of the hub's cache that differ from their names, and delete them.

    The hub names what it keeps by its SHA-256, and checks the length alone.

    Raises:
        RuntimeError: If a file is damaged.
    """
    for file in folder.glob("*.safetensors"):
        blob = file.resolve()
        if SHA256.fullmatch(blob.name) and file_sha256(blob) != blob.name:
            file.unlink()
            blob.unlink(missing_ok=True)
            raise RuntimeError(f"{file.name} does not have the SHA-256 it should have")


@contextmanager
def _patience() -> Iterator[None]:
    """Let a connection that stalls fail."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
