"""Read any picture as upright sRGB; write PNG and JPEG, never half a file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage
from torch import Tensor

from automask.images.frames import shown
from automask.images.high_bit_depth import as_picture
from automask.images.opening import opened
from automask.images.pixels import Layers, layers_of
from automask.io.files import write_bytes

WRITABLE = (".png", ".jpg", ".jpeg")
PNG_LEVEL = 3  # zlib's: half the time of its default, and a few percent more bytes
STRIP = 512  # rows
MIN_SIDE = 32  # px of the shorter side after resizing: deep features need as much
MIN_FILE_SIDE = 8  # px; what is smaller holds no picture
SEEN = 1 / 16  # cover from which a colour is known well enough
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""


def read_image(path: str | Path, size: int) -> Tensor:
    """Read a picture, upright and in sRGB, transparency laid over white.

    Args:
        path: A file; of an animation the first frame that shows something.
        size: Longer side of the result in px; smaller files are enlarged.

    Returns:
        (1, 3, H, W) float32 in [0, 1] with max(H, W) == size.

    Raises:
        ValueError: If the file is no picture, is damaged, too small, or too narrow.
        OSError: If the file is missing or cannot be opened.
    """
    return torch.from_numpy(_read(path, size).over_white())[None]


def read_cut_out(path: str | Path, size: int) -> tuple[Tensor, Tensor | None]:
    """Read a picture and what of it is there.

    Returns:
        The picture as ``read_image`` has it, but where it is transparent the colour of
        the nearest px that is not; and (H, W) in [0, 1], 0 where it is transparent,
        or None for a picture without transparency.

    Raises:
        ValueError: As ``read_image``, or if all of it is transparent.
        OSError: If the file is missing or cannot be opened.
    """
    layers = _read(path, size)
    if layers.cover is None:
        return torch.from_numpy(layers.colours)[None], None
    if not (layers.cover >= SEEN).any():
        raise ValueError(f"'{path}' shows nothing: all of it is transparent")
    cover = torch.from_numpy(layers.cover)
    return torch.from_numpy(extended(layers.colours, layers.cover))[None], cover


def extended(colours: NDArray, cover: NDArray) -> NDArray:
    """(3, H, W) colours without cover, those of the nearest px where there is none.

    Args:
        colours: (3, H, W) in [0, 1], times the cover.
        cover: (H, W) in [0, 1], SEEN somewhere.
    """
    nearest = ndimage.distance_transform_edt(
        cover < SEEN, return_distances=False, return_indices=True
    )
    own = (colours / np.maximum(cover, np.float32(SEEN))).clip(0, 1)
    filled: NDArray = own[:, nearest[0], nearest[1]]
    return filled


def read_image_as(path: str | Path, width: int, height: int) -> Tensor:
    """Read a picture as ``read_image`` does, stretched to that width and height in px.

    Returns:
        (1, 3, height, width) float32 in [0, 1].
    """
    planes = read_image(path, max(width, height))[0].numpy()
    target, lanczos = (width, height), Image.Resampling.LANCZOS
    stretched = [np.asarray(Image.fromarray(p).resize(target, lanczos)) for p in planes]
    return torch.from_numpy(np.stack(stretched))[None].clamp(0, 1)


def small(path: str | Path, width: int, height: int) -> Image.Image:
    """A picture for a sheet of them, as ``read_image`` has it, of that size in px."""
    with opened(path) as file:
        raster = shown(file, path, (max(width, height),) * 2)
        layers = layers_of(raster, path, (width, height))
    codes = (layers.over_white() * 255).round().astype(np.uint8)
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
        raster = file.decode()
        picture = raster.pixels
        if isinstance(picture, np.ndarray):
            picture = as_picture(picture, path)
        elif picture.mode == "F":
            picture = as_picture(np.asarray(picture)[..., None], path)
        turn = TURNS.get(raster.orientation)
        return picture if turn is None else picture.transpose(turn)


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
        if picture.mode == "RGBA":
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture).convert("RGB")
        picture.save(encoded, "JPEG", quality=95, subsampling=0)
    write_bytes(path, encoded.getbuffer())


def check_suffix(path: Path) -> None:
    """Raise ValueError unless a picture can be written under that name."""
    if path.suffix.lower() not in WRITABLE:
        raise ValueError(
            f"cannot write '{path}': a picture's name must end in {', '.join(WRITABLE)}"
        )


def _read(path: str | Path, size: int) -> Layers:
    with opened(path) as file:
        target = _fitted(path, *file.size, size)
        raster = shown(file, path, target)
        if file.orientation > 4:
            target = target[::-1]
        return layers_of(raster, path, target)


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
