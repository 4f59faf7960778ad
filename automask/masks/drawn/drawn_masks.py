"""Masks drawn by hand for a pair, from whatever files they lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from automask.images.image_files import upright_size
from automask.io.filenames import group, is_group
from automask.masks.combine import Painted
from automask.masks.drawn.color_maps import (
    hexadecimal,
    label_colors,
    memberships,
    shared_labels,
)
from automask.masks.drawn.map_files import channels_of, read_colors, read_names
from automask.masks.drawn.named_maps import Map, one_map, region_masks


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
    ) -> tuple[Painted | None, list[Painted | None]]:
        """The drawn masks of each image; None where it has no map.

        Args:
            content: (1, 3, H, W).
            styles: Images of the same form and of any size.

        Raises:
            ValueError: If a map does not fit its picture, its partner, or the names.
            OSError: If a file cannot be read.
        """
        maps = [as_map(each) for each in (self.content, *self.of_styles(len(styles)))]
        shapes = [(each.shape[-2], each.shape[-1]) for each in (content, *styles)]
        labels = None if self.names is None else read_names(self.names)
        if labels is None and any(is_color_map(each) for each in maps):
            painted = by_color(maps, shapes)
        else:
            painted = [
                one_map(each, shape, labels)
                for each, shape in zip(maps, shapes, strict=True)
            ]
        return painted[0], painted[1:]

    def of_styles(self, count: int) -> list[Map]:
        """One map a style."""
        if not isinstance(self.style, list | tuple):
            return [as_map(self.style)] * count
        maps = list(self.style)
        if len(maps) != count:
            raise ValueError(f"got {len(maps)} maps for {count} styles; give one each")
        return maps


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
        files = sorted(path.glob("*.png"))
        if not files:
            raise ValueError(f"the folder '{given}' holds no masks, such as skin.png")
        return upright_size(files[0])
    if path.suffix.lower() == ".npy":
        height, width = np.load(path, allow_pickle=False, mmap_mode="r").shape[:2]
        return width, height
    return upright_size(path)


def is_color_map(given: Map) -> bool:
    """Whether a map is a picture, which without names is one of colours."""
    return isinstance(given, str) and not (
        Path(given).is_dir() or given.lower().endswith(".npy")
    )


def by_color(
    maps: Sequence[Map], shapes: Sequence[tuple[int, int]]
) -> list[Painted | None]:
    """Colour maps of a pair, whose colours are found in all of them jointly."""
    paths = [each for each in maps if is_color_map(each) and isinstance(each, str)]
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
    names = tuple(map(hexadecimal, colors))
    return [
        region_masks(names, member, each[..., 3], path, shape)
        for member, each, path, shape in zip(
            [first, *others], rgba, paths, shapes, strict=True
        )
    ]
