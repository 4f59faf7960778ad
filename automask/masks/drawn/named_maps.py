"""A hand-made map whose masks have names of their own, so that it needs no partner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import ImageColor

from automask.masks.combine import Painted
from automask.masks.drawn.color_maps import check_known, memberships
from automask.masks.drawn.map_files import (
    fitted,
    read_channels,
    read_colors,
    read_labels,
    read_mask,
)
from automask.masks.soft import SoftMasks

Map = str | Mapping[str, str] | None
SOURCE = "drawn by hand"


def one_map(
    given: Map,
    shape: tuple[int, int],
    labels: Mapping[str, list[int] | list[str]] | None,
) -> Painted | None:
    """A map whose masks have names of their own, so that it needs no partner."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        return single_masks({str(n): str(file) for n, file in given.items()}, shape)
    path = Path(given)
    if path.is_dir():
        files = {file.stem: str(file) for file in sorted(path.glob("*.png"))}
        files.pop("background", None)  # it is what the others leave
        if not files:
            raise ValueError(f"the folder '{given}' holds no masks, such as skin.png")
        return single_masks(files, shape)
    if given.lower().endswith(".npy"):
        return channel_masks(given, shape, labels)
    assert labels is not None  # else it would be a colour map
    if all(isinstance(label, str) for each in labels.values() for label in each):
        return named_colors(given, shape, labels)
    return named_labels(given, shape, labels)


def single_masks(files: Mapping[str, str], shape: tuple[int, int]) -> Painted:
    """Grey pictures by the names of their masks."""
    read = [read_mask(file, shape) for file in files.values()]
    probs, covers = (torch.stack(each) for each in zip(*read, strict=True))
    sources = tuple(f"{SOURCE}: {Path(file).name}" for file in files.values())
    return Painted(SoftMasks(tuple(files), probs, sources), covers)


def channel_masks(
    path: str, shape: tuple[int, int], labels: Mapping[str, list] | None
) -> Painted:
    """Channels of an array; named by number unless ``labels`` names them."""
    probs = read_channels(path, shape)
    names = tuple(labels or (f"channel {i}" for i in range(len(probs))))
    if len(names) != len(probs):
        raise ValueError(f"'{path}' has {len(probs)} channels for {len(names)} names")
    source = f"{SOURCE}: {Path(path).name}"
    masks = SoftMasks(names, probs, (source,) * len(probs))
    return Painted(masks, torch.ones_like(probs))


def named_labels(
    path: str, shape: tuple[int, int], labels: Mapping[str, list]
) -> Painted:
    """A map of numbers; 0 need not be named, it is the background."""
    numbers = read_labels(path, shape)
    known = {number for each in labels.values() for number in each} | {0}
    unknown = sorted(set(np.unique(numbers).tolist()) - known)
    if unknown:
        raise ValueError(
            f"the map '{path}' has label {unknown[0]}, which has no name; "
            f"known: {', '.join(map(str, sorted(known)))}"
        )
    regions = np.stack([np.isin(numbers, each) for each in labels.values()])
    return region_masks(
        tuple(labels), regions.astype(np.float32), np.ones(numbers.shape), path, shape
    )


def named_colors(
    path: str, shape: tuple[int, int], labels: Mapping[str, list]
) -> Painted:
    """A colour map whose colours have names."""
    rgba = read_colors(path, shape)
    names = [name for name, each in labels.items() for _ in each]
    colors = np.array(
        [ImageColor.getrgb(color)[:3] for each in labels.values() for color in each],
        np.float32,
    )
    check_known(rgba, colors / 255, path)
    members = memberships(rgba, colors / 255)
    regions = np.stack(
        [
            members[[i for i, n in enumerate(names) if n == name]].sum(0)
            for name in labels
        ]
    )
    return region_masks(tuple(labels), regions, rgba[..., 3], path, shape)


def region_masks(
    names: tuple[str, ...],
    regions: np.ndarray,
    alpha: np.ndarray,
    path: str,
    shape: tuple[int, int],
) -> Painted:
    """Regions side by side, (K, h, w), as masks of the image's size."""
    chosen = [i for i, name in enumerate(names) if name != "background"]
    if not chosen or not regions.any():
        raise ValueError(f"the map '{path}' is empty: it shows none of its regions")
    probs = torch.stack([fitted(regions[i], shape) for i in chosen])
    cover = fitted(alpha, shape)
    source = f"{SOURCE}: {Path(path).name}"
    masks = SoftMasks(tuple(names[i] for i in chosen), probs, (source,) * len(chosen))
    return Painted(masks, cover.expand_as(probs).clone())
