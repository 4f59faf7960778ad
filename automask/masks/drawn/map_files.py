"""Files of hand-made masks as arrays: colours, labels, greys, or any channels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
import yaml  # type: ignore[import-untyped]
from PIL import ImageColor
from torch import Tensor

from automask.images.averaging import converted
from automask.images.decoding_memory import check_memory
from automask.images.image_files import raw_picture
from automask.io.regular_files import check_regular

FORM = 0.02  # how far the proportions of a map may differ from the picture's
LARGEST = 2  # times the picture's size at which a larger map is looked at
WHOLE = {"1": 1, "L": 255, "I;16": 65535, "I;16B": 65535, "I": 65535}
"""Grey modes of Pillow and their white."""

Names = Mapping[str, list[int]] | Mapping[str, list[str]]


def read_colors(path: str, shape: tuple[int, int]) -> np.ndarray:
    """(h, w, 4) RGBA in [0, 1] of a colour map, at most twice the picture's size.

    Raises:
        ValueError: If it is no picture, or of other proportions than the (H, W) shape.
    """
    picture = raw_picture(path)
    check_form(path, (picture.height, picture.width), shape)
    near = converted(picture, "RGBA", path, _spare(picture.size, shape))
    rgba: np.ndarray = np.asarray(near, np.float32) / 255
    factor = max(rgba.shape[:2]) / (LARGEST * max(shape))
    if factor > 1:
        size = round(rgba.shape[1] / factor), round(rgba.shape[0] / factor)
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    return rgba


def channels_of(path: str) -> str:
    """Whether a map is drawn in "grey" or in "colour"."""
    picture = raw_picture(path)
    return "grey" if picture.mode in (*WHOLE, "LA", "F") else "colour"


def read_labels(path: str, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) whole numbers of a label map: 8 or 16-bit grey, or a palette's entries.

    Raises:
        ValueError: If it has colours instead, or other proportions than the shape.
    """
    picture = raw_picture(path)
    check_form(path, (picture.height, picture.width), shape)
    if picture.mode not in (*WHOLE, "P"):
        raise ValueError(
            f"'{path}' holds colours ({picture.mode}), but its names are numbers; a "
            "label map is grey or a palette PNG, or give names colours, as '#ff0000'"
        )
    step = _spare(picture.size, shape)
    return np.asarray(picture)[::step, ::step].astype(np.int64)


def read_mask(path: str, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """One mask as (H, W) value times cover, and cover, both in [0, 1].

    Args:
        path: A picture; white is inside, black outside, transparent not drawn.
        shape: Height and width in px of the image it belongs to.
    """
    picture = raw_picture(path)
    check_form(path, (picture.height, picture.width), shape)
    if picture.mode in WHOLE:
        grey = np.asarray(picture, np.float32)
        if picture.mode == "I" and grey.max() > WHOLE["I"]:
            raise ValueError(
                f"'{path}' has 32 bits a pixel; save the mask with 8 or 16 bits"
            )
        grey /= WHOLE[picture.mode]
        return fitted(grey.clip(0, 1), shape), torch.ones(shape)
    near = converted(picture, "RGBA", path, _spare(picture.size, shape))
    both = np.asarray(near.convert("LA"), np.float32) / 255
    cover = fitted(both[..., 1], shape)
    return fitted(both[..., 0] * both[..., 1], shape).minimum(cover), cover


def _spare(size: tuple[int, int], shape: tuple[int, int]) -> int:
    """How many px a side of a map are one, and still more than are looked at."""
    return max(1, min(size) // (2 * LARGEST * min(shape)))


def read_channels(path: str, shape: tuple[int, int]) -> Tensor:
    """(C, H, W) masks of a NumPy file that holds (h, w, C) or (h, w) in [0, 1]."""
    check_regular(path)
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise ValueError(f"'{path}' is no NumPy array file: {error}") from None
    if not isinstance(array, np.ndarray) or array.ndim not in (2, 3) or not array.size:
        raise ValueError(
            f"'{path}' must hold one (height, width, channels) array, "
            f"got shape {getattr(array, 'shape', 'of several')}"
        )
    check_memory(path, (array.shape[1], array.shape[0]), 8 * array.size)
    array = array.reshape(*array.shape[:2], -1).astype(np.float32)
    if not (array.min() >= 0 and array.max() <= 1):  # NaN fails as well
        raise ValueError(
            f"'{path}' holds {array.min():g} to {array.max():g}, expected [0, 1]"
        )
    check_form(path, array.shape[:2], shape)
    return torch.stack([fitted(plane, shape) for plane in np.moveaxis(array, 2, 0)])


def fitted(plane: np.ndarray, shape: tuple[int, int]) -> Tensor:
    """(h, w) in [0, 1] resized to (H, W), averaged where it shrinks."""
    shrinks = plane.shape[0] > shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    plane = np.ascontiguousarray(plane, np.float32)
    resized = cv2.resize(plane, shape[::-1], interpolation=method)
    return torch.from_numpy(resized).clamp(0, 1)


def check_form(path: str, size: tuple[int, int], shape: tuple[int, int]) -> None:
    """Refuse a map that was not drawn over the picture: other proportions."""
    (h, w), (height, width) = size, shape
    # A side of few pixels can miss the picture's proportions by rounding alone.
    allowed = FORM + 1 / min(h, w) + 1 / min(height, width)
    if abs(np.log((w / h) / (width / height))) > allowed:
        raise ValueError(
            f"the map '{path}' is {w}x{h} px, but its picture has the proportions "
            f"{width}x{height}; draw it over that picture, at any resolution"
        )


def read_names(names: str | Mapping[str, object]) -> dict[str, list[int] | list[str]]:
    """Labels by name, from a mapping or from a file.

    Args:
        names: ``{skin: 1, mouth: [5, 10]}``, ``{skin: "#ff0000"}``, a YAML file that
            holds such, or a text file of lines ``1 skin`` or, counted from 0, ``skin``.

    Raises:
        ValueError: If the labels are neither whole numbers nor colours.
        OSError: If the file cannot be read.
    """
    where = f"'{names}'" if isinstance(names, str) else "masks.drawn.names"
    table = _names_file(names) if isinstance(names, str) else names
    if not isinstance(table, Mapping) or not table:
        raise ValueError(f"{where} must map names to labels, such as skin: 1")
    labels = {
        str(name): list(label) if isinstance(label, list | tuple) else [label]
        for name, label in table.items()
    }
    everything = [label for each in labels.values() for label in each]
    if all(type(label) is int and label >= 0 for label in everything):
        return labels
    if all(isinstance(label, str) and _is_color(label) for label in everything):
        return labels
    raise ValueError(
        f"{where} must give whole numbers (skin: 1) or colours (skin: '#ff0000') to "
        f"the names, all of one kind; got {everything[:4]}"
    )


def _names_file(path: str) -> object:
    check_regular(path)
    text = Path(path).read_text("utf-8", "replace")
    if path.endswith((".yaml", ".yml")):
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(
                f"'{path}' is no YAML: {str(error).splitlines()[0]}"
            ) from None
    table: dict[str, list[int]] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        first, _, rest = line.partition(" ")
        label, name = (int(first), rest.strip()) if first.isdigit() else (number, line)
        table.setdefault(name, []).append(label)
    return table


def _is_color(text: str) -> bool:
    try:
        return len(ImageColor.getrgb(text)) >= 3
    except ValueError:
        return False
