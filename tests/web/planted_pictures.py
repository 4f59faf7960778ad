"""Pictures made in code, and files that only look like pictures."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image


def waves(width: int = 96, height: int = 64, phase: float = 0.0) -> Image.Image:
    """Waves of colour."""
    y, x = np.mgrid[:height, :width]
    planes = [127 + 120 * np.sin(x / a + y / b + phase) for a, b in ((9, 4), (7, 14))]
    planes.append(x * 255 / width)
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8))


def png(picture: Image.Image) -> bytes:
    """Its file."""
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def jpeg(picture: Image.Image, **more: object) -> bytes:
    """Its file."""
    file = BytesIO()
    picture.save(file, "JPEG", **more)
    return file.getvalue()


def disc(width: int = 96, height: int = 64) -> Image.Image:
    """A soft mask: a disc that fades out."""
    y, x = np.mgrid[:height, :width]
    far = np.hypot(x - width / 2, y - height / 2) / height
    return Image.fromarray((255 * (1.2 - 2 * far).clip(0, 1)).astype(np.uint8))


def claiming(width: int, height: int) -> bytes:
    """A PNG that says to be of that size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def bomb(side: int) -> bytes:
    """A whole PNG of black that takes little room and side² px."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes((3 * side + 1) * side), 9)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One of a PNG's."""
    checked = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checked
