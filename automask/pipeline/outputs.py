"""The run folder: complete under a name of its own, or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from torch import Tensor

from automask.images.formats import is_picture_name
from automask.images.image_files import check_suffix, write_image
from automask.io.files import write_bytes
from automask.io.folders import cut_to, hidden_folder, numbered, sweep_dead
from automask.io.signals import uninterrupted
from automask.masks.soft import SoftMasks
from automask.masks.view.mask_colors import color_picture
from automask.masks.view.mask_sheet import contact_sheet, overlay

TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
WRITERS = 4  # pictures written at a time
LARGE, FEW = 2**21, 2  # px from which fewer are, for each takes memory on the way
RUN_BYTES = 230  # of a run folder's name, which may get a number yet
NAME_BYTES = 60  # of a file's name kept in ours; most systems allow 255 in all
BYTES_PER_PX = 15  # of all files together, a generous guess


@dataclass(frozen=True)
class Destination:
    """Where a run's files go.

    Args:
        folder: The run folder; if another run has it, a number is added.
        picture: Name of the picture in that folder.
        place: File that gets the picture as well; None if the user named none.
    """

    folder: Path
    picture: str
    place: Path | None = None


def destination(
    out: str | None, content: str, style: str, now: datetime
) -> Destination:
    """Name the run folder and the picture.

    Args:
        out: A picture's name, a folder to make the run folder in, or None: outputs/.
        content: Name of the photograph, without folder and suffix.
        style: Name of the style.
        now: When the run began.

    Raises:
        ValueError: If ``out`` is a picture's name of a kind that cannot be written.
    """
    pair = f"{_short(content)}_{_short(style)}"
    if out and is_picture_name(out) and not os.path.isdir(out):
        place = Path(out)
        check_suffix(place)
        run = place.with_name(f"{cut_to(RUN_BYTES, place.stem)}.run")
        return Destination(run, place.name, place)
    stamp = now.strftime("%Y-%m-%d_%H-%M-%S")
    return Destination(Path(out or "outputs") / f"{stamp}_{pair}", f"{pair}.png")


@contextmanager
def draft_folder(where: Destination, size: int) -> Iterator[Path]:
    """A hidden folder beside the run folder to be, gone at the end unless published.

    Args:
        where: What the folder will become.
        size: Longer side of the pictures in px, to foresee a full disk.

    Raises:
        OSError: If nothing can be written there.
    """
    parent = where.folder.parent
    if where.place is not None:
        with suppress(FileNotFoundError, NotADirectoryError):
            os.lstat(where.place)  # now is the time to hear that its name is too long
    sweep_dead(parent)
    with hidden_folder(parent) as draft:
        if shutil.disk_usage(draft).free < BYTES_PER_PX * size * size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(parent))
        yield draft


def publish(draft: Path, where: Destination) -> Path:
    """Give the draft its final name, and the picture its place; returns the folder."""
    staged = ".placed"
    picture = draft / where.picture
    placed = where.place is not None and picture.exists()
    if placed:
        write_bytes(draft / staged, picture.read_bytes())
    with uninterrupted():
        folder = _renamed(draft, where.folder)
        if placed and where.place is not None:
            os.replace(folder / staged, where.place)
    return folder


def write_pictures(
    folder: Path,
    name: str,
    pictures: Sequence[Tensor],
    masks: Sequence[SoftMasks],
    image: Tensor | None,
) -> None:
    """Write each mask as a grey PNG, all in colour and laid over, and the picture.

    Args:
        folder: The draft of the run folder.
        name: Of the picture's file.
        pictures: Content and styles, (1, 3, H, W) in [0, 1].
        masks: Of the content, of the styles.
        image: (1, 3, H, W) in [0, 1]; None where the run stopped after the masks.
    """
    masks_folder, roles = folder / "masks", roles_of(len(pictures))
    large = max(each[0, 0].numel() for each in pictures) > LARGE
    # Most of the time goes into zlib, which lets other threads run.
    with ThreadPoolExecutor(FEW if large else WRITERS) as pool:
        writing = []
        for role, shown, found in zip(roles, pictures, masks, strict=True):
            (masks_folder / role).mkdir(parents=True)
            for mask_name, mask in zip(found.names, found.probs, strict=True):
                file = masks_folder / role / f"{_short(mask_name)}.png"
                writing.append(pool.submit(write_image, file, mask[None, None]))
            file = masks_folder / f"{role}.png"
            writing.append(pool.submit(_write_made, file, color_picture, found))
            file = masks_folder / f"{role}_overlay.png"
            writing.append(pool.submit(_write_made, file, overlay, shown, found))
        file, sheet = masks_folder / "sheet.png", (pictures, masks, roles)
        writing.append(pool.submit(_write_made, file, contact_sheet, *sheet))
        if image is not None:
            writing.append(pool.submit(write_image, folder / name, image))
    for each in writing:
        each.result()


def roles_of(count: int) -> list[str]:
    """What that many pictures are called: content, style, style-2, and so on."""
    styles = ["style", *(f"style-{number}" for number in range(2, count))]
    return ["content", *styles[: count - 1]]


def _write_made(file: Path, make: Callable[..., Tensor], *arguments: object) -> None:
    write_image(file, make(*arguments))


def _renamed(draft: Path, wanted: Path) -> Path:
    for folder in numbered(wanted):
        try:
            os.rename(draft, folder)
            return folder
        except OSError as error:
            if error.errno not in TAKEN:
                raise
    raise AssertionError("unreachable")


def _short(name: str) -> str:
    """A file's name without what a folder name should not have."""
    clean = "".join("_" if c in "/\\" or not c.isprintable() else c for c in name)
    return cut_to(NAME_BYTES, clean.strip(". ")) or "picture"
