"""Keys and values of Python as words of the command line, pictures under names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from automask.cli.command_line import FILES
from automask.images.held_picture import HeldPicture, held_array, held_image
from automask.io.filenames import quoted

Picture = str | os.PathLike[str] | Image.Image | NDArray | Tensor
"""A picture: a name or a file, one of Pillow's, an (H, W, 3) array of uint8 or of
floats in [0, 1], or a (3, H, W) or (1, 3, H, W) tensor of these."""
LABELS = {"map": "masks", "style.map": "style_masks"}  # as the functions call them
PLAIN = re.compile(r"[A-Za-z_][\w-]*( [\w-]+)*", re.ASCII)  # needs no quotes
OURS = (*FILES, "regions")  # whose values in brackets we read ourselves


@dataclass(frozen=True)
class Typed:
    """What could have been typed.

    Args:
        words: Of the command line.
        pictures: Those in memory, by the names that stand for them in the words.
    """

    words: tuple[str, ...]
    pictures: Mapping[str, HeldPicture]

    def told(self, line: str) -> str:
        """A message in which pictures are called as the caller calls them."""
        for name, picture in self.pictures.items():
            line = line.replace(name, picture.label)
        return line


def typed(keys: Mapping[str, Any]) -> Typed:
    """Keys with their values as words.

    Args:
        keys: Texts, numbers, truth values, None, mappings and lists of these; a picture
            can stand wherever its file can.

    Raises:
        ValueError: If a value is nothing of that, or a picture has another form.
    """
    pictures: dict[str, HeldPicture] = {}
    words = []
    for key, value in keys.items():
        named = _without_pictures(value, LABELS.get(key, key), pictures)
        if key == "style" and isinstance(named, list):
            named = "+".join(named)
        quote = _our_quotes if key in OURS else quoted
        words.append(
            f"{key}={named if isinstance(named, str) else _text(named, quote)}"
        )
    return Typed(tuple(words), pictures)


def _without_pictures(value: Any, label: str, found: dict[str, HeldPicture]) -> Any:
    """The value with names for pictures in memory, which are added to those found."""
    if isinstance(value, Mapping):
        return {
            str(name): _without_pictures(each, f"{label}.{name}", found)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _without_pictures(each, f"{label}[{number}]", found)
            for number, each in enumerate(value)
        ]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Image.Image | np.ndarray | Tensor):
        picture = _held(value, label)
        return found.setdefault(picture.name, picture).name
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"{label} cannot be {value!r}, which is a {type(value).__name__}")


def _held(picture: Image.Image | NDArray | Tensor, label: str) -> HeldPicture:
    if isinstance(picture, Image.Image):
        return held_image(picture, label)
    if isinstance(picture, Tensor):
        planes = picture.detach().cpu()
        if planes.ndim == 4 and len(planes) == 1:
            planes = planes[0]
        if planes.ndim == 3:
            planes = planes.movedim(0, 2)
        return held_array(
            (planes.float() if planes.is_floating_point() else planes).numpy(), label
        )
    return held_array(picture, label)


def _text(value: Any, quote: Callable[[str], str]) -> str:
    """A value in the grammar of the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Mapping):
        pairs = (
            f"{name if PLAIN.fullmatch(name) else quote(name)}: {_text(each, quote)}"
            for name, each in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_text(each, quote) for each in value)}]"
    return repr(value)


def _our_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
