"""Photographs with the masks that a run would find in them, found once and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from automask.cache.store import Cache, Entry
from automask.cli.compose import composed
from automask.config import register
from automask.images.image_files import read_image
from automask.io.files import file_sha256
from automask.masks.combine import BACKGROUND, leaves, objects
from automask.masks.pair import PairMasks
from automask.masks.soft import SoftMasks
from automask.targets import build
from stylize.pyramid import resize

SOUGHT, KEPT, MASKS = 1024, 640, 160  # px: where masks are sought, and what is kept


@dataclass(frozen=True)
class MaskedPhoto:
    """A photograph and its regions side by side.

    Args:
        image: (1, 3, H, W) uint8, the longer side 640 px.
        masks: (K, h, w) uint8, the longer side 160 px; they add up to about 255.
        names: Of the masks.
    """

    image: Tensor
    masks: Tensor
    names: tuple[str, ...]


def finder() -> PairMasks:
    """What finds the masks of a run that says nothing of them."""
    register()
    found = build(composed(["style=monet", "content=astronaut"]).masks, "masks")
    assert isinstance(found, PairMasks)
    return found


def side_by_side(find: PairMasks, image: Tensor, *, art: bool) -> SoftMasks:
    """All regions of an image, each without those inside it, the background last."""
    masks = find.find(image, art=art)
    planes = masks.by_name()
    nothing = torch.zeros(image.shape[2:])
    taken = sum((planes[name] for name in objects(planes)), nothing)
    planes[BACKGROUND] = (1 - taken).clamp(0, 1)
    return leaves(masks.replaced(planes, {BACKGROUND: "complement of the objects"}))


def masked_photos(
    files: Sequence[Path], folder: Path, find: PairMasks
) -> list[MaskedPhoto]:
    """The photographs; masks are sought where the folder does not hold them yet."""
    cache = Cache(folder, memory=0)
    folder.mkdir(parents=True, exist_ok=True)
    return [_masked(file, cache, find) for file in files]


def _masked(file: Path, cache: Cache, find: PairMasks) -> MaskedPhoto:
    def make() -> Entry:
        image = read_image(file, SOUGHT)
        masks = side_by_side(find, image, art=False)
        print(f"{file.name}: {', '.join(masks.names)}", flush=True)
        tensors = {
            "image": _bytes(resize(image, *_sides(image, KEPT))),
            "masks": _bytes(resize(masks.probs[None], *_sides(image, MASKS))[0]),
        }
        return Entry(tensors, {"names": json.dumps(masks.names)})

    entry = cache("photographs", file_sha256(file), make, shared=True)
    names = tuple(json.loads(entry.metadata["names"]))
    return MaskedPhoto(entry.tensors["image"], entry.tensors["masks"], names)


def _sides(image: Tensor, longer: int) -> tuple[int, int]:
    height, width = image.shape[2:]
    scale = longer / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _bytes(planes: Tensor) -> Tensor:
    return (planes * 255).round().to(torch.uint8)
