"""Masks drawn by hand for a pair, from whatever files they lie in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from automask.images.image_files import upright_size
from automask.io.filenames import group, is_group
from automask.masks.combine import BACKGROUND, PERSON_PARTS
from automask.masks.drawn.color_maps import (
    hexadecimal,
    label_colors,
    memberships,
    shared_labels,
)
from automask.masks.drawn.map_files import Shape, channels_of, read_colors, read_names
from automask.masks.drawn.named_maps import files_in, named_masks, region_masks
from automask.masks.soft import SoftMasks

Map = str | Mapping[str, str] | None


@dataclass(frozen=True)
class Drawn:
    """What a person drew for the content and its styles.

    A map is one of:

    - ``{skin: my_skin.png}``: masks in grey, each in the place of the found one; where
      it is transparent the found one stands;
    - a folder of such masks, ``skin.png`` and so on, as every run leaves;
    - a NumPy file of (height, width, channels) in [0, 1], each channel a mask;
    - a label map (8 or 16-bit grey, palette) once ``names`` gives numbers;
    - a colour map as of neural-doodle: one colour a region, the same for both pictures.

    Args:
        content: The content's map; null for none.
        style: The style's, or a list, one a style.
        names: Labels by name: ``{sky: 2}``, ``{sky: "#0000ff"}``, or a file of these.
    """

    content: Map = None
    style: Map | Sequence[Map] = None
    names: str | Mapping[str, object] | None = None

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor]
    ) -> tuple[SoftMasks | None, list[SoftMasks | None]]:
        """The drawn masks of each image, with their cover; None where it has no map.

        Args:
            content: (1, 3, H, W).
            styles: Images of the same form and of any size.

        Raises:
            ValueError: If a map does not fit its picture, its partner, or the names.
            OSError: If a file cannot be read.
        """
        maps = [as_map(self.content), *self._style_maps(len(styles))]
        shapes = [(each.shape[2], each.shape[3]) for each in (content, *styles)]
        found: Sequence[SoftMasks | None]
        labels = None if self.names is None else read_names(self.names)
        if labels is None and any(map(is_picture, maps)):
            found = color_masks(maps, shapes)
        else:
            found = [
                None if each is None else named_masks(each, shape, labels)
                for each, shape in zip(maps, shapes, strict=True)
            ]
        return found[0], list(found[1:])

    def _style_maps(self, count: int) -> list[Map]:
        """One map a style."""
        if not isinstance(self.style, list | tuple):
            return [as_map(self.style)] * count
        if len(self.style) != count:
            raise ValueError(
                f"got {len(self.style)} maps for {count} styles; give one each"
            )
        return [as_map(each) for each in self.style]


def as_map(given: object) -> Map:
    """A map as given; a file that is named 2024 comes as a number."""
    if is_group(given):
        return group(str(given))
    return given if given is None or isinstance(given, Mapping) else str(given)


def map_size(given: Any) -> tuple[int, int]:
    """Width and height of a map, of several masks those of the first.

    Raises:
        ValueError: If it is no map.
        OSError: If it cannot be read.
    """
    drawn = as_map(given)
    if isinstance(drawn, Mapping):
        return map_size(next(iter(drawn.values())))
    path = Path(drawn or "")
    if path.is_dir():
        return upright_size(next(iter(files_in(str(path)).values())))
    if path.suffix.lower() == ".npy":
        height, width = np.load(path, allow_pickle=False, mmap_mode="r").shape[:2]
        return width, height
    return upright_size(path)


def is_picture(given: Map) -> bool:
    """Whether a map is a picture, which without names is one of colours."""
    return isinstance(given, str) and not (
        Path(given).is_dir() or given.lower().endswith(".npy")
    )


def color_masks(maps: Sequence[Map], shapes: Sequence[Shape]) -> list[SoftMasks]:
    """Colour maps of a pair, whose colours are found in all of them jointly."""
    paths = [each for each in maps if isinstance(each, str) and is_picture(each)]
    if len(paths) < len(maps):
        raise ValueError(
            f"a colour map needs its partner: got only '{paths[0]}'; give both "
            "map=FILE and style.map=FILE, or name its colours by masks.drawn.names"
        )
    kinds = [channels_of(path) for path in paths]
    if len(set(kinds)) > 1:
        other = next(i for i, kind in enumerate(kinds) if kind != kinds[0])
        raise ValueError(
            f"the maps differ in channels: '{paths[0]}' is {kinds[0]}, "
            f"'{paths[other]}' is {kinds[other]}; save both alike"
        )
    rgba = [read_colors(*each) for each in zip(paths, shapes, strict=True)]
    colors = label_colors(rgba, paths)
    members = [memberships(each, colors) for each in rgba]
    first, others, colors = shared_labels(members[0], members[1:], colors)
    names = [hexadecimal(color) for color in colors]
    return [
        region_masks(dict(zip(names, member, strict=True)), each[..., 3], path, shape)
        for member, each, path, shape in zip(
            [first, *others], rgba, paths, shapes, strict=True
        )
    ]


def check_counterparts(
    drawn: Sequence[SoftMasks | None],
    found: Sequence[SoftMasks],
    requested: Collection[str] = (),
) -> None:
    """Refuse a drawn mask that is neither known nor there on the other side.

    It would take room from what was found, and then be left out.

    Args:
        drawn: What was drawn for the content and the styles.
        found: All masks of each, drawn ones among them.
        requested: Masks that need no counterpart.
    """
    known = ("person", BACKGROUND, "head", *PERSON_PARTS, *requested)
    for number, masks in enumerate(drawn):
        others = found[:1] if number else found[1:]
        there = {*known, *(name for each in others for name in each.names)}
        for name in masks.names if masks else ():
            if name not in there:
                here, beyond = ("style.map", "map")[:: 1 if number else -1]
                close = get_close_matches(name, sorted(there), n=1)
                meant = f"did you mean '{close[0]}'? Else" if close else "to use it"
                raise ValueError(
                    f"{here} names the mask '{name}', which the other side has not; "
                    f"{meant} draw it there too: {beyond}={{{name}: FILE}}"
                )
