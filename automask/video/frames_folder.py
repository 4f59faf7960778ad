"""A folder of frames as a clip."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from automask.images.formats import is_picture_name
from automask.images.image_files import thumbnail, upright_size
from automask.video.clip import Clip, Pixels
from automask.video.reading import Wanted, glance
from automask.video.shots import Cuts


def frame_files(folder: str | Path) -> tuple[Path, ...]:
    """The pictures of a folder, 2 before 10.

    Raises:
        ValueError: If there are fewer than two.
    """
    return _frame_files(Path(folder), os.stat(folder).st_mtime_ns)


@lru_cache(maxsize=1)  # else each piece of a film would list and sort all of them
def _frame_files(folder: Path, changed: int) -> tuple[Path, ...]:
    files = [
        file
        for file in folder.iterdir()
        if file.is_file() and is_picture_name(file.name) and file.name[0] != "."
    ]
    if len(files) < 2:
        raise ValueError(
            f"'{folder}' holds no film: give a folder of two frames or more"
        )
    return tuple(sorted(files, key=_by_number))


def _by_number(file: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", file.name)
    return [(int(p), p) if p.isdecimal() else (-1, p) for p in parts]


def scanned_folder(folder: str, wanted: Wanted, rate: Fraction) -> Clip:
    """Look through the frames once: their size, and the cuts.

    Args:
        folder: Of pictures.
        wanted: Which part, and how large.
        rate: Frames a second.

    Raises:
        ValueError: If they are not of one size, or none is wanted.
    """
    files = frame_files(folder)
    size, cuts = upright_size(files[0]), Cuts()
    times = [
        number
        for number in range(len(files))
        if number / rate >= wanted.start
        and (wanted.end is None or number / rate < wanted.end)
    ]
    if not times:
        raise ValueError(
            f"start={float(wanted.start):g} is beyond the last frame of '{folder}', at "
            f"{float((len(files) - 1) / rate):.3f} s; fps={float(rate):g}"
        )
    for number in times:
        if upright_size(files[number]) != size:
            raise ValueError(
                f"'{files[number]}' has not the size of '{files[0]}'; all frames of a "
                "film have one size"
            )
        cuts.take(np.asarray(thumbnail(files[number], *glance(size))))
    sides = wanted.fitted(*size)
    return Clip(folder, *sides, False, 1 / rate, tuple(times), cuts.found())


def frames_of_folder(clip: Clip, first: int, count: int) -> Iterator[Pixels]:
    """Frames of the folder, each of the clip's size.

    Args:
        clip: As it was scanned.
        first: Index of the first.
        count: How many.

    Raises:
        ValueError: If a picture is no longer there, or cannot be read.
    """
    files = frame_files(clip.path)
    if len(files) <= clip.times[-1]:
        raise ValueError(f"'{clip.path}' has changed while it was painted")
    for number in clip.times[first : first + count]:
        yield np.asarray(thumbnail(files[number], clip.width, clip.height))
