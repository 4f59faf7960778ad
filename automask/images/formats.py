"""Which files are pictures that can be read: by the suffix, else by what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from mimetypes import MimeTypes

READABLE = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".mpo"),
    *(".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".avifs"),
    *(".heic", ".heif", ".hif", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga", ".icb", ".vda", ".vst"),
    *(".psd", ".qoi"),
)
RAW = (  # sensors' data, which begin as TIFF does and hold a thumbnail
    *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".kdc", ".mrw", ".nef"),
    *(".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw"),
)
MAGICS = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"8BPS", b"qoif"),
    *(b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
)
NETPBM = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF")
BOXED = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")
HEAD = 16  # bytes that tell
KINDS = MimeTypes(filenames=())  # not the machine's own, so that all see the same


def is_picture(name: str, head: Callable[[], bytes]) -> bool:
    """Whether a file is a picture, be it a damaged one.

    Args:
        name: Of the file.
        head: Its first bytes, at least HEAD; asked for where the name does not tell.
    """
    if is_readable_name(name):
        return True
    if name.lower().endswith(RAW):
        return False
    kind = KINDS.guess_type(os.path.basename(name))[0]
    if kind is not None and not kind.startswith("image/"):
        return False
    return _is_picture_head(head())


def is_readable_name(name: str) -> bool:
    """Whether the name ends as those of pictures do that can be read."""
    return name.lower().endswith(READABLE)


def is_picture_name(name: str) -> bool:
    """Whether people take it for the name of a picture, be it one we cannot read."""
    return name.lower().endswith((*READABLE, ".svg", ".pdf"))


def _is_picture_head(head: bytes) -> bool:
    if head.startswith(MAGICS):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in BOXED
    if head[:2] == b"BM":
        return head[6:10] == bytes(4)
    return head[:2] in NETPBM and head[2:3].isspace()
