"""The nets that MediaPipe no longer brings, fetched once by pip where that is allowed.

pip asks whom it asks on this machine: its index, its mirrors, its proxies.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from automask.io import terminal
from automask.io.files import file_sha256
from automask.io.folders import hidden_folder, sweep_dead
from automask.io.locks import locked
from automask.mediapipe.net_file import (
    VERSION,
    come_along,
    is_whole,
    net_file,
    take_from,
)

SYSTEM = "manylinux_2_17_x86_64"  # whose wheel it is; the nets are those of any system
SHA256 = "9b1e72d754cd9e1b4b88d80ec9ead2f1cbe8424b7f883d3bda53341b982a9f8b"
MEBIBYTES = 34
LICENCE = "Apache License 2.0"
DOWNLOAD = (
    *("download", "--no-deps", "--only-binary=:all:", "--python-version", "3.12"),
    *("--platform", SYSTEM, "--no-input", "--disable-pip-version-check"),
    *("--progress-bar", "raw", f"mediapipe=={VERSION}"),
)
PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
NO_INDEX = re.compile(r"Retrying \(|ConnectionError|NewConnectionError|ReadTimeout")
BY_HAND = (
    f"or call automask models FILE.whl with a wheel of mediapipe {VERSION} "
    "fetched elsewhere"
)


def ensure(fetch: bool) -> None:
    """Have the nets on this machine.

    Args:
        fetch: Whether they may be fetched.

    Raises:
        ValueError: If they are not here and cannot be had.
    """
    if come_along() or is_whole():
        return
    if not fetch:
        raise ValueError(
            "MediaPipe's nets are not on this machine and models.fetch=false forbids "
            f"fetching them; call automask models, {BY_HAND}"
        )
    with _cache() as folder:
        if not is_whole():  # another process may have been faster
            damaged = " anew, for its file is damaged" if net_file().exists() else ""
            terminal.tell(
                f"fetching MediaPipe {VERSION}'s nets ({MEBIBYTES} MiB){damaged} by "
                f"pip; {LICENCE}"
            )
            sweep_dead(folder)
            with hidden_folder(folder) as empty:
                take_from(_downloaded(empty))


def take(wheel: Path) -> None:
    """Have the nets of a wheel that is on this machine.

    Raises:
        ValueError: If it is no such wheel, or they cannot be kept.
        OSError: If it cannot be read.
    """
    file_sha256(wheel)  # it can be read, so what fails next is the cache
    with _cache():
        take_from(wheel)


@contextmanager
def _cache() -> Iterator[Path]:
    """The folder of the nets, held by this process alone."""
    folder = net_file().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".nets.lock"):
            yield folder
    except OSError as error:
        raise ValueError(
            f"MediaPipe's nets cannot be kept in '{folder}': "
            f"{error.strerror or error}; make room, or set XDG_CACHE_HOME to another "
            "folder"
        ) from error


def _downloaded(folder: Path) -> Path:
    """The wheel, fetched into a folder."""
    if find_spec("pip") is None:
        raise ValueError(
            "MediaPipe's nets are fetched by pip, which is not installed for "
            f"{sys.executable}; install it, {BY_HAND}"
        )
    words = [sys.executable, "-m", "pip", *DOWNLOAD, "--dest", str(folder)]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            assert process.stdout is not None
            said = list(_shown(process.stdout))
        except BaseException:
            process.kill()
            raise
    found = list(folder.glob("*.whl"))
    if process.returncode or not found:
        raise ValueError(_failure(said))
    if file_sha256(found[0]) != SHA256:
        raise ValueError(
            f"the wheel of mediapipe {VERSION} that pip fetched does not have the "
            f"SHA-256 it should have; look at pip config list, {BY_HAND}"
        )
    return found[0]


def _shown(lines: Iterator[str]) -> Iterator[str]:
    """Lines of pip's; its progress goes to the terminal instead, if someone watches."""
    watched = sys.stderr.isatty()
    for line in lines:
        if not (progress := PROGRESS.match(line)):
            yield line.strip()
        elif watched:
            done, whole = (int(each) / 2**20 for each in progress.groups())
            ends = "\n" if done == whole else ""
            terminal.show(
                f"\rautomask: {done:.0f} of {whole:.0f} MiB", sys.stderr, end=ends
            )


def _failure(said: list[str]) -> str:
    """Why pip fetched nothing, of what it said."""
    errors = [line.removeprefix("ERROR: ") for line in said if "ERROR: " in line]
    reason = errors[0] if errors else (said or ["it did not say why"])[-1]
    if any(NO_INDEX.search(line) for line in said):
        reason = "the package index cannot be reached"
    if any("No space left" in line for line in said):
        reason = f"the disk is full at '{net_file().parent}'"
    return f"pip could not fetch MediaPipe's nets: {reason}; try again, {BY_HAND}"
