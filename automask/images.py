"""Read any picture as upright sRGB; write PNG and JPEG, never half a file."""

from __future__ import annotations

import os
import secrets
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from automask.pixels import Pixels, rgb_pixels, upright

WRITABLE = (".png", ".jpg", ".jpeg")
PNG_LEVEL = 3  # zlib's: half the time of its default, and a few percent more bytes
STRIP = 512  # rows
MIN_SIDE = 32  # px of the shorter side after resizing: deep features need as much
MIN_FILE_SIDE = 8  # px; what is smaller holds no picture
MAX_PIXELS = 1_000_000_000
# What Pillow's decoders raise on a file that breaks its own format.
DAMAGE = (
    *(OSError, SyntaxError, EOFError, ValueError, LookupError, TypeError),
    *(ArithmeticError, AttributeError, RuntimeError, struct.error, zlib.error),
)
ORIENTATION = 0x0112  # EXIF tag


def read_image(path: str | Path, size: int) -> Tensor:
    """Read a picture, upright and in sRGB, transparency laid over white.

    Args:
        path: A file in any format that Pillow reads; of an animation the first frame.
        size: Longer side of the result in px; smaller files are enlarged.

    Returns:
        (1, 3, H, W) float32 in [0, 1] with max(H, W) == size.

    Raises:
        ValueError: If the file is no picture, is damaged, too small, or too narrow.
        OSError: If the file is missing or cannot be opened.
    """
    with _opened(path) as picture:
        target = _fitted(path, *picture.size, size)
        return torch.from_numpy(_decoded(picture, path, target))[None].clamp(0, 1)


def read_image_as(path: str | Path, width: int, height: int) -> Tensor:
    """Read a picture as ``read_image`` does, stretched to that width and height in px.

    Returns:
        (1, 3, height, width) float32 in [0, 1].
    """
    planes = read_image(path, max(width, height))[0].numpy()
    return torch.from_numpy(_resized(planes, (width, height)))[None].clamp(0, 1)


def raw_picture(path: str | Path) -> Image.Image:
    """A picture as its file has it: mode, palette, and 16 bits of grey untouched.

    Raises:
        ValueError: If the file is no picture, or is damaged.
        OSError: If the file is missing or cannot be opened.
    """
    with _opened(path) as picture:
        with _damage_named(path):
            picture.load()
        return picture


def stored_size(path: str | Path) -> tuple[int, int]:
    """Width and height in px as the file has them, before it is turned upright."""
    with _opened(path) as picture:
        return picture.size


def write_image(path: Path, image: Tensor) -> None:
    """Write a picture atomically as PNG or JPEG, by the suffix.

    Args:
        path: A name that ends in .png, .jpg or .jpeg.
        image: (1, 3, H, W) sRGB or (1, 1, H, W) grey, in [0, 1].

    Raises:
        ValueError: If the suffix is another one.
        OSError: If the file cannot be written; nothing is left of it then.
    """
    check_suffix(path)
    strips = image[0].detach().split(STRIP, dim=1)  # floats of all of it are many
    codes = torch.cat(
        [(s.clamp(0, 1) * 255).round().to(torch.uint8).cpu() for s in strips], dim=1
    )
    picture = Image.fromarray(codes.permute(1, 2, 0).squeeze(2).numpy())
    # Encoded in memory first: Pillow hides the reason why a file cannot be written.
    encoded = BytesIO()
    if path.suffix.lower() == ".png":
        srgb = PngInfo()
        srgb.add(b"sRGB", b"\x00")
        picture.save(encoded, "PNG", pnginfo=srgb, compress_level=PNG_LEVEL)
    else:
        picture.save(encoded, "JPEG", quality=95, subsampling=0)
    write_bytes(path, encoded.getbuffer())


def check_suffix(path: Path) -> None:
    """Raise ValueError unless a picture can be written under that name."""
    if path.suffix.lower() not in WRITABLE:
        raise ValueError(
            f"cannot write '{path}': a picture's name must end in {', '.join(WRITABLE)}"
        )


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: Named after ``path``, if it cannot be written.
    """
    draft = path.with_name(f".automask-{secrets.token_hex(8)}")
    try:
        with open(draft, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    finally:
        with suppress(OSError):  # it was never made, or has its name by now
            draft.unlink()


def _fitted(path: str | Path, width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height in px once the longer side is ``size``."""
    scale = size / max(width, height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    if min(width, height) < MIN_FILE_SIDE:
        raise ValueError(
            f"'{path}' is too small: {width}x{height} px; "
            f"each side needs at least {MIN_FILE_SIDE} px"
        )
    if min(fitted) < MIN_SIDE:
        raise ValueError(
            f"'{path}' is too narrow: {width}x{height} px becomes "
            f"{fitted[0]}x{fitted[1]} px at size={size}, and the shorter side needs at "
            f"least {MIN_SIDE} px; crop the picture or raise size"
        )
    return fitted


def _decoded(picture: Image.Image, path: str | Path, target: tuple[int, int]) -> Pixels:
    """(3, H, W) upright sRGB; ``target`` is width and height before it is turned."""
    # The raw mode, such as RGB;16B, stands here until the picture is loaded.
    deep = ";16" in str(getattr(picture, "tile", ""))
    with _damage_named(path):
        # Three px a side for each final one are plenty; JPEG decodes to it at once.
        picture.draft(picture.mode, (3 * target[0], 3 * target[1]))
        picture.load()
        orientation = picture.getexif().get(ORIENTATION, 1)
    rgb = rgb_pixels(picture, path, target, deep)
    return upright(_resized(rgb.transpose(2, 0, 1), target), orientation)


def _resized(planes: Pixels, target: tuple[int, int]) -> Pixels:
    """Resize (3, H, W) to width and height in floats, which keeps gradients smooth."""
    lanczos = Image.Resampling.LANCZOS
    resized = [Image.fromarray(plane).resize(target, lanczos) for plane in planes]
    return np.stack([np.asarray(plane) for plane in resized])


@contextmanager
def _opened(path: str | Path) -> Iterator[Image.Image]:
    """The picture of a file whose header alone has been read."""
    if os.path.isdir(path):
        raise ValueError(f"'{path}' is a folder; give the picture file itself")
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None  # Pillow warns at 89 megapixels; MAX_PIXELS is ours
    try:
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on metadata that it mends
            if not file.read(1):
                raise ValueError(f"'{path}' is empty (0 bytes)")
            file.seek(0)
            with _damage_named(path):
                picture = Image.open(file)
            if picture.width * picture.height > MAX_PIXELS:
                raise ValueError(
                    f"'{path}' is too large: {picture.width}x{picture.height} px is "
                    f"over {MAX_PIXELS // 10**6} megapixels; scale it down first"
                )
            yield picture
    finally:
        Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def _damage_named(path: str | Path) -> Iterator[None]:
    """Turn what decoders raise into one line about the file."""
    try:
        yield
    except UnidentifiedImageError:
        raise ValueError(
            f"'{path}' is not a picture in a known format; save it as PNG or JPEG"
        ) from None
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"'{path}' is damaged or incomplete: {error}") from error
