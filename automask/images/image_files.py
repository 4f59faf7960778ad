"""Read any picture as upright sRGB; write PNG and JPEG, never half a file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from automask.images.averaging import check_range
from automask.images.opening import first_not_blank, opened
from automask.images.srgb import TURNS, Premultiplied, to_srgb
from automask.io.files import write_bytes

WRITABLE = (".png", ".jpg", ".jpeg")
PNG_LEVEL = 3  # zlib's: half the time of its default, and a few percent more bytes
STRIP = 512  # rows
MIN_SIDE = 32  # px of the shorter side after resizing: deep features need as much
MIN_FILE_SIDE = 8  # px; what is smaller holds no picture
LEAST_ALPHA = 1 / 16  # from which a colour is known well enough


def read_image(path: str | Path, size: int) -> Tensor:
    """Read a picture, upright and in sRGB, transparency laid over white.

    Args:
        path: A file; of an animation the first frame that is not blank.
        size: Longer side of the result in px; smaller files are enlarged.

    Returns:
        (1, 3, H, W) float32 in [0, 1] with max(H, W) == size.

    Raises:
        ValueError: If the file is no picture, is damaged, too small, or too narrow.
        OSError: If the file is missing or cannot be opened.
    """
    return torch.from_numpy(_read(path, size).over_white())[None]


def read_cut_out(path: str | Path, size: int) -> tuple[Tensor, Tensor | None]:
    """Read a picture and its alpha.

    Returns:
        The picture as ``read_image`` has it, but where it is transparent the colour of
        the nearest px that is not; and (H, W) alpha in [0, 1], None for a picture
        without transparency.

    Raises:
        ValueError: As ``read_image``, or if all of it is transparent.
        OSError: If the file is missing or cannot be opened.
    """
    picture = _read(path, size)
    rgb, alpha = picture.rgb, picture.alpha
    if alpha is None:
        return torch.from_numpy(rgb)[None], None
    if not (alpha >= LEAST_ALPHA).any():
        raise ValueError(f"'{path}' shows nothing: all of it is transparent")
    return torch.from_numpy(_extended(rgb, alpha))[None], torch.from_numpy(alpha)


def _extended(rgb: NDArray, alpha: NDArray) -> NDArray:
    """(3, H, W) not multiplied by alpha; of the nearest px where it is transparent."""
    nearest = scipy.ndimage.distance_transform_edt(
        alpha < LEAST_ALPHA, return_distances=False, return_indices=True
    )
    own = (rgb / np.maximum(alpha, np.float32(LEAST_ALPHA))).clip(0, 1)
    filled: NDArray = own[:, nearest[0], nearest[1]]
    return filled


def _read(path: str | Path, size: int) -> Premultiplied:
    with opened(path) as file:
        target = fitted(path, *file.size, size)
        picture = first_not_blank(file, path, target)
        return to_srgb(picture, path, target if file.orientation < 5 else target[::-1])


def fitted(path: str | Path, width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height in px of a file's picture once the longer side is ``size``.

    Raises:
        ValueError: If it is too small as it is, or too narrow then.
    """
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


def read_image_as(path: str | Path, width: int, height: int) -> Tensor:
    """Read a picture as ``read_image`` does, stretched to that width and height in px.

    Returns:
        (1, 3, height, width) float32 in [0, 1].
    """
    return resampled(read_image(path, max(width, height)), width, height)


def resampled(image: Tensor, width: int, height: int) -> Tensor:
    """(1, C, H, W) in [0, 1] at that width and height in px, as files are read.

    Returns:
        (1, C, height, width); the same tensor if it fits.
    """
    if image.shape[2:] == (height, width):
        return image
    target, lanczos = (width, height), Image.Resampling.LANCZOS
    pictures = [Image.fromarray(plane) for plane in image[0].numpy()]
    planes = [np.asarray(each.resize(target, lanczos)) for each in pictures]
    return torch.from_numpy(np.stack(planes))[None].clamp(0, 1)


def thumbnail(path: str | Path, width: int, height: int) -> Image.Image:
    """A picture as ``read_image`` has it, in 8 bits, of that width and height in px."""
    with opened(path) as file:
        picture = first_not_blank(file, path, (max(width, height),) * 2)
        rgb = to_srgb(picture, path, (width, height)).over_white()
    codes = (rgb * 255).round().astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(codes.transpose(1, 2, 0)))


def raw_picture(path: str | Path) -> Image.Image:
    """A picture as its file has it, turned upright.

    Mode, palette, and 16 or 32 bits of grey are untouched; colours have 8 bits, and
    grey floats in [0, 1] become 16.

    Raises:
        ValueError: If the file is no picture, or is damaged.
        OSError: If the file is missing or cannot be opened.
    """
    with opened(path) as file:
        decoded = file.decode()
        picture = decoded.pixels
        if isinstance(picture, np.ndarray):
            picture = _as_picture(picture, path)
        elif picture.mode == "F":
            picture = _as_picture(np.asarray(picture)[..., None], path)
        turn = TURNS.get(decoded.orientation)
        return picture if turn is None else picture.transpose(turn)


def _as_picture(numbers: NDArray, path: str | Path) -> Image.Image:
    """Pillow's picture of (H, W, C) numbers: grey in full, colours in 8 bits."""
    if numbers.dtype.kind == "f":
        check_range(numbers, path)
        numbers = (numbers * 65535).round().astype(np.uint16)
    if numbers.shape[2] == 1:
        grey = np.ascontiguousarray(numbers[..., 0])
        return Image.fromarray(grey if grey.dtype == np.uint16 else grey.astype("i4"))
    codes = (numbers >> 8 * (numbers.dtype.itemsize - 1)).astype(np.uint8)
    return Image.fromarray(codes)  # LA, RGB or RGBA by their number


def stored_size(path: str | Path) -> tuple[int, int]:
    """Width and height in px as the file has them, before it is turned upright."""
    with opened(path) as file:
        return file.size


def upright_size(path: str | Path) -> tuple[int, int]:
    """Width and height in px of the picture as it is meant to be seen."""
    with opened(path) as file:
        width, height = file.size
        return (width, height) if file.orientation < 5 else (height, width)


def write_image(path: Path, image: Tensor) -> None:
    """Write a picture atomically as PNG or JPEG, by the suffix.

    Args:
        path: A name that ends in .png, .jpg or .jpeg.
        image: (1, 3, H, W) sRGB, in [0, 1]; with a fourth channel for what of it is
            there, which JPEG lays over white; or (1, 1, H, W) grey.

    Raises:
        ValueError: If the suffix is another one.
        OSError: If the file cannot be written; nothing is left of it then.
    """
    check_suffix(path)
    # Encoded in memory first: Pillow hides the reason why a file cannot be written.
    write_bytes(path, encoded(in_8_bits(image), path.suffix))


def in_8_bits(image: Tensor) -> Image.Image:
    """Pillow's picture of (1, C, H, W) in [0, 1]: L, RGB or RGBA."""
    strips = image[0].detach().split(STRIP, dim=1)  # floats of all of it are many
    codes = torch.cat(
        [(s.clamp(0, 1) * 255).round().to(torch.uint8).cpu() for s in strips], dim=1
    )
    return Image.fromarray(codes.permute(1, 2, 0).squeeze(2).numpy())


def encoded(picture: Image.Image, suffix: str) -> bytes:
    """The bytes of its file: PNG for .png, else JPEG, transparency laid over white."""
    file = BytesIO()
    if suffix.lower() == ".png":
        srgb = PngInfo()
        srgb.add(b"sRGB", b"\x00")
        picture.save(file, "PNG", pnginfo=srgb, compress_level=PNG_LEVEL)
    else:
        if picture.mode == "RGBA":
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture).convert("RGB")
        picture.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


def check_suffix(path: Path) -> None:
    """Raise ValueError unless a picture can be written under that name."""
    if path.suffix.lower() not in WRITABLE:
        raise ValueError(
            f"cannot write '{path}': a picture's name must end in {', '.join(WRITABLE)}"
        )
