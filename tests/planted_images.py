"""Images as 8-bit codes, and PNG files of 16 bits."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def codes_of(image):
    """8-bit (H, W, 3) of a (1, 3, H, W) image."""
    return np.round(image[0].permute(1, 2, 0).numpy() * 255).astype(int)


def save_deep(file, numbers, profile=b""):
    """Write (H, W, C) numbers as a 16-bit PNG of C channels, 2 being grey and alpha."""
    height, width, channels = numbers.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in numbers)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    if profile:
        chunks.insert(1, (b"iCCP", b"icc\0\0" + zlib.compress(profile)))
    encoded = [
        struct.pack(">I", len(data))
        + tag
        + data
        + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    ]
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(encoded))
