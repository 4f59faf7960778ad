"""Picture files of all kinds, damaged at random, much of each still as it was."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import tifffile
from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
ODD = (0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1)
USES = ("content", "content", "style", "init", "mask", "colours", "labels")


@dataclass(frozen=True)
class Case:
    """A file and what it is used as.

    Args:
        name: Of the file.
        content: Its bytes.
        use: One of USES.
        how: What was done to it, for the message.
    """

    name: str
    content: bytes
    use: str
    how: str


def drawn(seed: int, number: int) -> Case:
    """The case of that number; the same for the same seed."""
    dice = random.Random(f"{seed}/{number}")
    kind = dice.choice(list(KINDS))
    whole = KINDS[kind](dice)
    change = dice.choice(CHANGES)
    if whole.startswith(PNG) and dice.random() < 0.6:
        change = dice.choice(PNG_CHANGES)
    changed = change(whole, dice)
    if dice.random() < 0.2:
        changed = dice.choice(CHANGES)(changed, dice)
    suffix = dice.choice(["png", "jpg", "tif", "gif", kind.split()[0]])
    how = f"{kind}, {change.__name__}"
    return Case(f"case.{suffix}", changed, dice.choice(USES), how)


def waves(dice: random.Random) -> np.ndarray:
    """(H, W, 3) codes of a small picture."""
    height, width = dice.choice([(40, 64), (64, 40), (33, 33), (96, 70)])
    y, x = np.mgrid[:height, :width]
    planes = [127 + 120 * np.sin(x / a + y / b) for a, b in ((3, 9), (7, 4), (5, -6))]
    return np.stack(planes, axis=-1).astype(np.uint8)


def saved(mode: str, kind: str, **options: object) -> Callable[[random.Random], bytes]:
    """What Pillow writes of a small picture in that mode."""

    def made(dice: random.Random) -> bytes:
        picture, encoded = Image.fromarray(waves(dice)).convert(mode), io.BytesIO()
        if mode in ("RGBA", "LA"):
            picture.putalpha(picture.convert("L"))
        chosen = dict(options)
        if chosen.pop("several", False):
            chosen |= {"save_all": True, "append_images": [picture.rotate(180)] * 2}
            picture = Image.new(mode, picture.size, "white")
        if dice.random() < 0.3 and kind in ("PNG", "JPEG", "WEBP"):
            exif = Image.Exif()
            exif[0x0112] = dice.randrange(0, 12)
            chosen["exif"] = exif
        picture.save(encoded, kind, **chosen)
        return encoded.getvalue()

    return made


def tiff(dtype: str, **options: object) -> Callable[[random.Random], bytes]:
    """What tifffile writes of a small picture in that type."""

    def made(dice: random.Random) -> bytes:
        numbers = waves(dice).astype(dtype)
        numbers = numbers / 255 if dtype[0] == "f" else numbers * np.uint16(257)
        numbers = numbers.astype(dtype)
        if options.get("planarconfig") == "separate":
            numbers = np.moveaxis(numbers, 2, 0)
        elif options.get("photometric") != "rgb":
            numbers = numbers[..., 0]
        encoded = io.BytesIO()
        tifffile.imwrite(encoded, numbers, **options)
        return encoded.getvalue()

    return made


def raw_png(depth: int, colour: int, interlaced: int = 0):
    """A PNG of any depth and colour type, if need be with nonsense for interlacing."""

    def made(dice: random.Random) -> bytes:
        codes = waves(dice)
        channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
        numbers = np.dstack([codes, codes[..., :1]])[..., :channels]
        numbers = (
            (numbers.astype(np.uint16) * 257).astype(">u2") if depth == 16 else numbers
        )
        rows = b"".join(b"\0" + row.tobytes() for row in numbers)
        height, width = codes.shape[:2]
        header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        return joined(chunks)

    return made


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "png": saved("RGB", "PNG"),
    "png alpha": saved("RGBA", "PNG"),
    "png grey": saved("LA", "PNG"),
    "png palette": saved("P", "PNG", transparency=3),
    "png bits": saved("1", "PNG"),
    "png deep": raw_png(16, 2),
    "png deep alpha": raw_png(16, 6),
    "png deep grey": raw_png(16, 0),
    "png deep grey alpha": raw_png(16, 4),
    "png interlaced": raw_png(8, 2, 1),
    "png animated": saved("RGB", "PNG", several=True),
    "jpg": saved("RGB", "JPEG"),
    "jpg progressive": saved("RGB", "JPEG", progressive=True),
    "jpg grey": saved("L", "JPEG"),
    "jpg cmyk": saved("CMYK", "JPEG"),
    "mpo": saved("RGB", "MPO", several=True),
    "gif": saved("P", "GIF"),
    "gif animated": saved("RGB", "GIF", several=True),
    "webp": saved("RGBA", "WEBP"),
    "webp animated": saved("RGB", "WEBP", several=True),
    "bmp": saved("RGB", "BMP"),
    "ppm": saved("RGB", "PPM"),
    "tga": saved("RGBA", "TGA", compression="tga_rle"),
    "jp2": saved("RGB", "JPEG2000"),
    "avif": saved("RGB", "AVIF", speed=10),
    "qoi": saved("RGB", "QOI"),
    "tif": saved("RGB", "TIFF"),
    "tif lzw": saved("RGBA", "TIFF", compression="tiff_lzw"),
    "tif jpeg": saved("RGB", "TIFF", compression="jpeg"),
    "tif fax": saved("1", "TIFF", compression="group4"),
    "tif cmyk": saved("CMYK", "TIFF", compression="packbits"),
    "tif pages": saved("L", "TIFF", several=True),
    "tif deep": tiff("u2", photometric="rgb"),
    "tif planar": tiff("u2", photometric="rgb", planarconfig="separate"),
    "tif tiled": tiff("u2", photometric="rgb", tile=(16, 16), compression="zlib"),
    "tif float": tiff("f4", photometric="minisblack"),
    "tif white": tiff("u2", photometric="miniswhite", byteorder=">"),
    "eps": lambda dice: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "heic": lambda dice: struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic",
}


def cut(whole: bytes, dice: random.Random) -> bytes:
    """Lack the end."""
    return whole[: dice.randrange(len(whole) + 1)]


def flipped(whole: bytes, dice: random.Random) -> bytes:
    """A few bits differ."""
    changed = bytearray(whole)
    for _ in range(dice.choice([1, 2, 8, 40])):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def headed(whole: bytes, dice: random.Random) -> bytes:
    """A number near the front is an odd one."""
    changed, size = bytearray(whole), dice.choice([1, 2, 4])
    at = dice.randrange(max(1, min(len(changed), 300)))
    order = dice.choice(["little", "big"])
    odd = dice.choice(ODD) % 2 ** (8 * size)
    changed[at : at + size] = odd.to_bytes(size, order)
    return bytes(changed)


def repeated(whole: bytes, dice: random.Random) -> bytes:
    """A piece comes again, or in another place."""
    first, last = sorted(dice.randrange(len(whole) + 1) for _ in range(2))
    at = dice.randrange(len(whole) + 1)
    return whole[:at] + whole[first:last] * dice.choice([1, 3]) + whole[at:]


def holed(whole: bytes, dice: random.Random) -> bytes:
    """A piece is missing, zero, or noise."""
    first, last = sorted(dice.randrange(len(whole) + 1) for _ in range(2))
    last = min(last, first + 200)
    filled = dice.choice([b"", bytes(last - first), dice.randbytes(last - first)])
    return whole[:first] + filled + whole[last:]


def whole(whole: bytes, dice: random.Random) -> bytes:
    """As it was."""
    return whole


CHANGES = (cut, flipped, flipped, headed, headed, repeated, holed, whole)


def chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Tags and contents of a PNG's chunks."""
    at = len(PNG)
    while at + 8 <= len(png):
        (size,), tag = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        yield tag, png[at + 8 : at + 8 + size]
        at += 12 + size


def joined(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, their checksums right."""
    return PNG + b"".join(
        struct.pack(">I", len(data))
        + tag
        + data
        + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )


def pixels_changed(png: bytes, dice: random.Random) -> bytes:
    """Filters and pixels of a PNG differ, packed anew."""
    chunks = list(chunks_of(png))
    rows = zlib.decompress(b"".join(data for tag, data in chunks if tag == b"IDAT"))
    change = dice.choice([flipped, cut, holed, repeated])
    packed = (b"IDAT", zlib.compress(change(rows, dice)))
    first = next(i for i, (tag, _) in enumerate(chunks) if tag == b"IDAT")
    rest = [each for each in chunks if each[0] != b"IDAT"]
    return joined([*rest[:first], packed, *rest[first:]])


def chunk_changed(png: bytes, dice: random.Random) -> bytes:
    """One chunk of a PNG differs, its checksum right."""
    chunks = list(chunks_of(png))
    at = dice.randrange(len(chunks))
    tag, data = chunks[at]
    chunks[at] = tag, dice.choice([flipped, headed, cut, holed])(data, dice)
    return joined(chunks)


def chunks_mixed(png: bytes, dice: random.Random) -> bytes:
    """Chunks of a PNG are missing, come twice, out of order, or are odd ones."""
    chunks = list(chunks_of(png))
    odd = dice.choice([b"tRNS", b"PLTE", b"iCCP", b"gAMA", b"acTL", b"fcTL", b"eXIf"])
    chunks.insert(
        dice.randrange(len(chunks)), (odd, dice.randbytes(dice.randrange(40)))
    )
    if dice.random() < 0.5:
        chunks.insert(dice.randrange(1, len(chunks)), dice.choice(chunks))
    if dice.random() < 0.3:
        chunks.pop(dice.randrange(len(chunks)))
    return joined(chunks)


PNG_CHANGES = (pixels_changed, chunk_changed, chunk_changed, chunks_mixed)
