"""The folder of a sweep."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from automask.cli.command_line import is_picture_name
from automask.io.folders import cut_to, free_name

NAME_BYTES, FOLDER_BYTES = 100, 240  # of a folder's name: made up; after a sheet


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
        return Place(free_name(Path("outputs") / name.replace("/", "_")[:NAME_BYTES]))
    place = Path(out)
    if not is_picture_name(out) or place.is_dir():
        return Place(place)
    # Late, for torch takes seconds to load.
    from automask.images.image_files import check_suffix

    check_suffix(place)
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(place)  # now is the time to hear that its name is too long
    folder = place.with_name(f"{cut_to(FOLDER_BYTES, place.stem)}.sweep")
    return Place(folder, place)
