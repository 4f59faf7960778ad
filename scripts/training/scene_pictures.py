"""Labelled pictures of scenes, painted versions of them, and cut-outs to paste."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from evaluating.region_labels import read_names

from automask.masks.sources.region_net import CLASSES
from training.light import Array

LONGEST = 384  # px at which they are kept
NONE = 255  # label of what counts as nothing


@dataclass(frozen=True)
class LabelledScene:
    """A picture whose regions are known.

    Args:
        name: Of its file.
        versions: (H, W, 3) 8-bit RGB each: the picture, then paintings of it.
        labels: (H, W) uint8 rows of CLASSES, or NONE.
    """

    name: str
    versions: tuple[Array, ...]
    labels: Array

    @property
    def shown(self) -> frozenset[int]:
        """Classes in it."""
        return frozenset(np.unique(self.labels).tolist()) - {NONE}


@dataclass(frozen=True)
class CutOut:
    """A thing without its surroundings: (H, W, 4) 8-bit RGBA and its class."""

    rgba: Array
    row: int


@dataclass(frozen=True)
class SceneData:
    """What there is to learn from."""

    scenes: list[LabelledScene]
    cutouts: list[CutOut] = field(default_factory=list)


def read_scenes(folder: Path) -> SceneData:
    """All labelled pictures of a folder and its cut-outs.

    It holds NAME.jpg, NAME_labels.png and labels.txt, a line like "3 sky" a class;
    painted/NAME_ANY.jpg; cutouts/CLASS/NAME.png.
    """
    names = read_names(folder / "labels.txt")
    rows = np.full(256, NONE, np.uint8)
    for name, value in names.items():
        if name in CLASSES:
            rows[value] = CLASSES.index(name)
    scenes = []
    for file in sorted(folder.glob("*_labels.png")):
        name = file.name.removesuffix("_labels.png")
        picture = _small(_read(folder / f"{name}.jpg"))
        size = picture.shape[1::-1]
        labels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
        painted = sorted((folder / "painted").glob(f"{name}__*.jpg"))
        versions = [cv2.resize(_read(each), size) for each in painted]
        scenes.append(LabelledScene(name, (picture, *versions), rows[labels]))
    cutouts = [
        CutOut(cv2.cvtColor(rgba, cv2.COLOR_BGRA2RGBA), CLASSES.index(file.parent.name))
        for file in sorted((folder / "cutouts").glob("*/*.png"))
        if (rgba := cv2.imread(str(file), cv2.IMREAD_UNCHANGED)).shape[2] == 4
    ]
    return SceneData(scenes, cutouts)


def _read(file: Path) -> Array:
    return cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)


def _small(picture: Array) -> Array:
    scale = min(1.0, LONGEST / max(picture.shape[:2]))
    height, width = (round(side * scale) for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
