"""The folder of a sweep, and the hidden one in it that is gone at the end."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from automask.cli import is_picture_name
from automask.signals import uninterrupted

NAME_BYTES = 100  # of a folder's name


@dataclass(frozen=True)
class Place:
    """Where the results go.

    Args:
        folder: For the runs, the sheet and the tables.
        sheet: A file that gets the sheet as well; None if the user named none.
    """

    folder: Path
    sheet: Path | None = None


def place_of(out: str | None, keys: Sequence[str], now: datetime) -> Place:
    """Name the folder.

    Args:
        out: A folder, a name for the sheet, or None: a new folder in outputs/.
        keys: That take several values.
        now: When the sweep began.

    Raises:
        ValueError: If ``out`` is a picture's name of a kind that cannot be written.
    """
    if out is None:
        stamp = now.strftime("%Y-%m-%d_%H-%M-%S")
        name = f"{stamp}_sweep-of-{'-'.join(keys) or 'one'}"
        return Place(_free(Path("outputs") / name.replace("/", "_")[:NAME_BYTES]))
    place = Path(out)
    if not is_picture_name(out) or place.is_dir():
        return Place(place)
    # Late, for torch takes seconds to load.
    from automask.images import check_suffix

    check_suffix(place)
    return Place(place.with_suffix(".sweep"), place)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder in the sweep's; that goes too if nothing else is left in it.

    Raises:
        OSError: If nothing can be written there.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    scratch = folder.absolute() / f".automask-{secrets.token_hex(8)}"
    try:
        scratch.mkdir(parents=True)
        yield scratch
    finally:
        with uninterrupted():
            shutil.rmtree(scratch, ignore_errors=True)
            for each in made:
                with suppress(OSError):  # it holds something, so it stays
                    each.rmdir()


def _free(folder: Path) -> Path:
    """The name, with a number where another sweep has it."""
    names = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(each for each in chain([folder], names) if not each.exists())
