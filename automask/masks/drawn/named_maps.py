"""Hand-made maps whose masks have names of their own, so that they need no partner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import ImageColor
from torch import Tensor

from automask.images.decoding_memory import check_room
from automask.images.pixels import converted
from automask.io.files import check_regular
from automask.masks.combine import BACKGROUND
from automask.masks.drawn.color_maps import check_known, memberships
from automask.masks.drawn.map_files import (
    WHITE,
    Shape,
    check_proportions,
    fitted,
    opened_map,
    read_colors,
)
from automask.masks.soft import SoftMasks

Labels = Mapping[str, list[int] | list[str]]


def named_masks(
    given: str | Mapping[str, str], shape: Shape, labels: Labels | None
) -> SoftMasks:
    """The masks of any map but a colour map without names."""
    if isinstance(given, Mapping):
        return grey_masks({str(name): str(file) for name, file in given.items()}, shape)
    if Path(given).is_dir():
        return grey_masks(files_in(given), shape)
    if given.lower().endswith(".npy"):
        return channel_masks(given, shape, labels)
    assert labels is not None
    if all(isinstance(label, str) for each in labels.values() for label in each):
        return named_colors(given, shape, labels)
    return named_labels(given, shape, labels)


def files_in(folder: str) -> dict[str, str]:
    """The masks of a folder by name; the background is what the others leave."""
    files = {file.stem: str(file) for file in sorted(Path(folder).glob("*.png"))}
    files.pop(BACKGROUND, None)
    if not files:
        raise ValueError(f"the folder '{folder}' holds no masks, such as skin.png")
    return files


def grey_masks(files: Mapping[str, str], shape: Shape) -> SoftMasks:
    """Pictures by the names of their masks: white is inside, transparent not drawn."""
    planes = [grey_mask(file, shape) for file in files.values()]
    probs, covers = (torch.stack(each) for each in zip(*planes, strict=True))
    return drawn_masks(tuple(files), probs, covers, *files.values())


def grey_mask(path: str, shape: Shape) -> tuple[Tensor, Tensor]:
    """One mask as (H, W) value times cover, and cover, both in [0, 1]."""
    picture, step = opened_map(path, shape)
    if picture.mode in WHITE:
        grey = np.asarray(picture, np.float32)
        if picture.mode == "I" and grey.max() > WHITE["I"]:
            raise ValueError(
                f"'{path}' has 32 bits a pixel; save the mask with 8 or 16 bits"
            )
        grey /= WHITE[picture.mode]
        return fitted(grey.clip(0, 1), shape), torch.ones(shape)
    flat = converted(picture, "RGBA", path, step).convert("LA")
    grey, alpha = np.moveaxis(np.asarray(flat, np.float32) / 255, 2, 0)
    cover = fitted(alpha, shape)
    return fitted(grey * alpha, shape).minimum(cover), cover


def channel_masks(path: str, shape: Shape, labels: Labels | None) -> SoftMasks:
    """A NumPy file of (h, w, C) or (h, w) in [0, 1]; named by number without labels."""
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
    size = array.shape[1], array.shape[0]
    check_room(path, size, 8 * array.size / 2**20)
    array = array.reshape(*array.shape[:2], -1).astype(np.float32)
    if not (array.min() >= 0 and array.max() <= 1):  # NaN fails as well
        raise ValueError(
            f"'{path}' holds {array.min():g} to {array.max():g}, expected [0, 1]"
        )
    check_proportions(path, size, shape)
    probs = torch.stack([fitted(plane, shape) for plane in np.moveaxis(array, 2, 0)])
    names = tuple(labels or (f"channel {i}" for i in range(len(probs))))
    if len(names) != len(probs):
        raise ValueError(f"'{path}' has {len(probs)} channels for {len(names)} names")
    return drawn_masks(names, probs, torch.ones_like(probs), path)


def named_labels(path: str, shape: Shape, labels: Labels) -> SoftMasks:
    """A map of numbers, grey or a palette's entries; 0 is the background."""
    picture, step = opened_map(path, shape)
    if picture.mode not in (*WHITE, "P"):
        raise ValueError(
            f"'{path}' holds colours ({picture.mode}), but its names are numbers; a "
            "label map is grey or a palette PNG, or give names colours, as '#ff0000'"
        )
    numbers = np.asarray(picture)[::step, ::step].astype(np.int64)
    known = {number for each in labels.values() for number in each} | {0}
    unknown = sorted(set(np.unique(numbers).tolist()) - known)
    if unknown:
        raise ValueError(
            f"the map '{path}' has label {unknown[0]}, which has no name; "
            f"known: {', '.join(map(str, sorted(known)))}"
        )
    regions = {
        name: np.isin(numbers, each).astype(np.float32) for name, each in labels.items()
    }
    return region_masks(regions, np.ones(numbers.shape), path, shape)


def named_colors(path: str, shape: Shape, labels: Labels) -> SoftMasks:
    """A colour map whose colours have names."""
    rgba = read_colors(path, shape)
    names = np.array([name for name, each in labels.items() for _ in each])
    codes = [ImageColor.getrgb(str(c))[:3] for each in labels.values() for c in each]
    colors = np.array(codes, np.float32) / 255
    check_known(rgba, colors, path)
    members = memberships(rgba, colors)
    regions = {name: members[names == name].sum(0) for name in labels}
    return region_masks(regions, rgba[..., 3], path, shape)


def region_masks(
    regions: Mapping[str, np.ndarray], alpha: np.ndarray, path: str, shape: Shape
) -> SoftMasks:
    """Regions side by side, (h, w) each, as masks of the picture's size."""
    names = tuple(name for name in regions if name != BACKGROUND)
    if not names or not any(region.any() for region in regions.values()):
        raise ValueError(f"the map '{path}' is empty: it shows none of its regions")
    probs = torch.stack([fitted(regions[name], shape) for name in names])
    cover = fitted(alpha, shape).expand_as(probs).clone()
    return drawn_masks(names, probs, cover, path)


def drawn_masks(
    names: tuple[str, ...], probs: Tensor, cover: Tensor, *files: str
) -> SoftMasks:
    """Masks with their cover, from one file a mask or from one file for all."""
    sources = tuple(f"drawn by hand: {Path(file).name}" for file in files)
    sources = sources if len(sources) == len(names) else sources * len(names)
    return SoftMasks(names, probs, sources, cover=cover)
