"""TIFF files: every layout is read as the 8-bit version of it is, or refused."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automask.images.decoding_memory import check_room
from automask.images.raster import ORIENTATION, Raster, damage_named
from automask.images.tiff_layout import Layout, pictured
from automask.io.quiet import quiet_stderr

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
REDUCED, MASK = 1, 4  # bits of a page that is none of its own
SUB_PAGES, DNG = 330, 50706  # tags
MOST_PAGES = 1000  # looked at


class TiffFile:
    """A TIFF file at one of its pages.

    tifffile reads what is stored plainly or deflated, in any layout; OpenCV the 16 bits
    of other compressions; Pillow the rest. Of what any of them is known to misread
    nothing is left to it.

    Args:
        file: Open for reading bytes, as long as this is used.
        path: Its name, for messages.
    """

    def __init__(self, file: BinaryIO, path: str | Path) -> None:
        import tifffile

        logging.getLogger("tifffile").addHandler(logging.NullHandler())
        self.file, self.path, self.number = file, path, 0
        with damage_named(path):
            opened: Any = tifffile.TiffFile(file, name=str(path))
            self.pages: Any = opened.pages
            self.page: Any = opened.pages[0]
            preview = (
                int(self.page.subfiletype) & REDUCED and SUB_PAGES in self.page.tags
            )
        if preview or DNG in self.page.tags:
            raise ValueError(
                f"'{path}' is a camera's raw file; develop it into a JPEG or TIFF first"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px as stored."""
        with damage_named(self.path):
            return int(self.page.imagewidth), int(self.page.imagelength)

    @property
    def orientation(self) -> int:
        """EXIF's, 1 to 8."""
        tag = self.page.tags.get(ORIENTATION)
        return int(tag.value) if tag is not None and tag.value in range(1, 9) else 1

    @property
    def several(self) -> bool:
        """Whether there is another page of the same size."""
        there, _ = self.go(1), self.go(0)
        return there

    def go(self, number: int) -> bool:
        """Go to a page, counting no previews, no masks, and none of other sizes."""
        first = self.pages[0]
        for index in range(MOST_PAGES):
            with damage_named(self.path):
                try:
                    page = self.pages[index]
                except IndexError:
                    return False
                kind = int(page.subfiletype) & (REDUCED | MASK)
            if index and (kind or page.shape[:2] != first.shape[:2]):
                continue
            if not number:
                self.page, self.number = page, index
                return True
            number -= 1
        return False

    def decode(self, target: tuple[int, int] | None = None) -> Raster:
        """The page; TIFF knows no way to less than all of it.

        Raises:
            ValueError: If it is damaged, or of a kind that is not read.
        """
        with damage_named(self.path):
            layout = Layout(self.page)
        if not (layout.plain or layout.pillow or self._is_deep(layout)):
            raise ValueError(
                f"'{self.path}' is a TIFF of a kind that is not read ({layout}); save "
                "it with 8 bits a channel"
            )
        taken = self.size[0] * self.size[1] * layout.bytes / 2**20
        check_room(self.path, self.size, taken, target)
        with damage_named(self.path), quiet_stderr():
            if layout.plain:
                self._check_complete()
                stored = self.page.asarray(maxworkers=1)
            elif self._is_deep(layout):
                stored = self._by_opencv()
            else:  # which turns it upright by itself
                return Raster(self._by_pillow(), self.page.iccprofile)
            pixels = pictured(self.page, layout.photometric, stored)
            return Raster(pixels, self.page.iccprofile, self.orientation)

    def _is_deep(self, layout: Layout) -> bool:
        return layout.opencv and not self.number

    def _by_opencv(self) -> NDArray:
        stored = np.memmap(self.file, np.uint8, "r")
        numbers = cv2.imdecode(stored, cv2.IMREAD_UNCHANGED)
        if numbers is None or numbers.dtype != np.uint16:
            raise ValueError("its pixels cannot be decoded")
        if numbers.ndim == 2:
            return numbers[..., None]
        return numbers[..., [2, 1, 0, 3][: numbers.shape[2]]]

    def _by_pillow(self) -> Image.Image:
        self.file.seek(0)
        picture = Image.open(self.file, formats=["TIFF"])
        picture.seek(self.number)
        picture.load()
        return picture

    def _check_complete(self) -> None:
        """Raise ValueError where strips lie beyond the file's end: they would be 0."""
        self.file.seek(0, 2)
        end = self.file.tell()
        page = self.page
        ends = zip(page.dataoffsets, page.databytecounts, strict=True)
        if not page.dataoffsets or any(o + count > end for o, count in ends):
            raise ValueError("it ends before its pixels do")
