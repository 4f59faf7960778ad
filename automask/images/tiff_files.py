"""TIFF files: every layout is read as the 8-bit version of it is, or refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from automask.images.decoding import (
    ORIENTATION,
    Decoded,
    decoding_errors,
    opencv_16_bits,
)
from automask.images.decoding_memory import check_memory
from automask.images.tiff_layout import Layout, as_picture
from automask.io.quiet import quiet_stderr

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
REDUCED, MASK = 1, 4  # bits of the type of a page that is none of its own
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
        with decoding_errors(path):
            opened: Any = tifffile.TiffFile(file, name=str(path))
            self.pages, self.page = opened.pages, opened.pages[0]
            tags = self.page.tags
            preview = int(self.page.subfiletype) & REDUCED and SUB_PAGES in tags
        if preview or DNG in tags:
            raise ValueError(
                f"'{path}' is a camera's raw file; develop it into a JPEG or TIFF first"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px as stored."""
        with decoding_errors(self.path):
            return int(self.page.imagewidth), int(self.page.imagelength)

    @property
    def orientation(self) -> int:
        """EXIF's, 1 to 8."""
        tag = self.page.tags.get(ORIENTATION)
        return int(tag.value) if tag is not None and tag.value in range(1, 9) else 1

    def seek(self, number: int) -> bool:
        """Go to a page, from 0; False if there is none."""
        with decoding_errors(self.path):
            found = next(islice(self._own_pages(), number, None), None)
        if found is not None:
            self.number, self.page = found
        return found is not None

    def _own_pages(self) -> Iterator[tuple[int, Any]]:
        """Pages but for previews, masks, and those of another size than the first."""
        shape = self.pages[0].shape[:2]
        for number, page in enumerate(islice(self.pages, MOST_PAGES)):
            special = int(page.subfiletype) & (REDUCED | MASK)
            if number == 0 or not (special or page.shape[:2] != shape):
                yield number, page

    def decode(self, target: tuple[int, int] | None = None) -> Decoded:
        """The page, all of it.

        Args:
            target: Width and height in px that it is then brought to.

        Raises:
            ValueError: If it is damaged, of a kind that is not read, or takes more
                memory than is allowed.
        """
        with decoding_errors(self.path):
            layout = Layout(self.page)
        opencv = layout.opencv and not self.number  # which reads the first page alone
        if not (layout.tifffile or layout.pillow or opencv):
            raise ValueError(
                f"'{self.path}' is a TIFF of a kind that is not read ({layout}); save "
                "it with 8 bits a channel"
            )
        check_memory(self.path, self.size, prod(self.size) * layout.bytes, target)
        with decoding_errors(self.path), quiet_stderr():
            if layout.tifffile:
                self._check_complete()
                stored = self.page.asarray(maxworkers=1)
            elif opencv:
                stored = opencv_16_bits(np.memmap(self.file, np.uint8, "r"))
            else:  # Pillow turns it upright by itself
                return Decoded(self._by_pillow(), self.page.iccprofile)
            pixels = as_picture(self.page, layout.photometric, stored)
            return Decoded(pixels, self.page.iccprofile, self.orientation)

    def _by_pillow(self) -> Image.Image:
        self.file.seek(0)
        picture = Image.open(self.file, formats=["TIFF"])
        picture.seek(self.number)
        picture.load()
        return picture

    def _check_complete(self) -> None:
        """Raise ValueError where strips lie beyond the file's end: they would be 0."""
        end, page = self.file.seek(0, 2), self.page
        ends = zip(page.dataoffsets, page.databytecounts, strict=True)
        if not page.dataoffsets or any(o + count > end for o, count in ends):
            raise ValueError("it ends before its pixels do")
