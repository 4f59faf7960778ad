"""Pictures of hand-made maps, and the names of their labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
import yaml  # type: ignore[import-untyped]
from PIL import Image, ImageColor
from torch import Tensor

from automask.images.image_files import raw_picture
from automask.images.pixels import converted
from automask.io.files import check_regular

TOLERANCE = 0.02  # how far the proportions of a map may differ from the picture's
LARGEST = 2  # times the picture's size at which a larger map is looked at
WHITE = {"1": 1, "L": 255, "I;16": 65535, "I;16B": 65535, "I": 65535}
"""Grey modes of Pillow and their white."""

Shape = tuple[int, int]
"""Height and width in px of the picture that a map belongs to."""


def read_colors(path: str, shape: Shape) -> np.ndarray:
    """(h, w, 4) RGBA in [0, 1] of a colour map, at most twice the picture's size."""
    picture, step = opened_map(path, shape)
    picture = converted(picture, "RGBA", path, step)
    rgba: np.ndarray = np.asarray(picture, np.float32) / 255
    factor = max(rgba.shape[:2]) / (LARGEST * max(shape))
    if factor > 1:
        size = round(rgba.shape[1] / factor), round(rgba.shape[0] / factor)
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    return rgba


def channels_of(path: str) -> str:
    """Whether a map is drawn in "grey" or in "colour"."""
    return "grey" if raw_picture(path).mode in (*WHITE, "LA", "F") else "colour"


def opened_map(path: str, shape: Shape) -> tuple[Image.Image, int]:
    """A map, and how many of its px a side can be one and still be enough."""
    picture = raw_picture(path)
    check_proportions(path, picture.size, shape)
    return picture, max(1, min(picture.size) // (2 * LARGEST * min(shape)))


def fitted(plane: np.ndarray, shape: Shape) -> Tensor:
    """(h, w) in [0, 1] resized to (H, W), averaged where it shrinks."""
    shrinks = plane.shape[0] > shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    plane = np.ascontiguousarray(plane, np.float32)
    resized = cv2.resize(plane, shape[::-1], interpolation=method)
    return torch.from_numpy(resized).clamp(0, 1)


def check_proportions(path: str, size: tuple[int, int], shape: Shape) -> None:
    """Refuse a map whose (width, height) was not drawn over its picture."""
    (w, h), (height, width) = size, shape
    # A side of few pixels can miss the picture's proportions by rounding alone.
    allowed = TOLERANCE + 1 / min(h, w) + 1 / min(height, width)
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
    numbers = all(type(label) is int and label >= 0 for label in everything)
    if not numbers and not all(map(_is_color, everything)):
        raise ValueError(
            f"{where} must give whole numbers (skin: 1) or colours (skin: '#ff0000') "
            f"to the names, all of one kind; got {everything[:4]}"
        )
    return labels


def _names_file(path: str) -> object:
    check_regular(path)
    text = Path(path).read_text("utf-8", "replace")
    if path.endswith((".yaml", ".yml")):
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise ValueError(f"'{path}' is no YAML: {reason}") from None
    table: dict[str, list[int]] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        first, _, rest = line.partition(" ")
        label, name = (int(first), rest.strip()) if first.isdigit() else (number, line)
        table.setdefault(name, []).append(label)
    return table


def _is_color(label: object) -> bool:
    try:
        return isinstance(label, str) and len(ImageColor.getrgb(label)) >= 3
    except ValueError:
        return False
