"""Labelled portraits, and what the bundled models see in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from automask.images.image_files import read_image
from automask.masks.arrays import resized, to_bytes
from automask.masks.portrait.face_crop import SMOOTHER, Layout, frame_of
from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.person import segment_person

SIZE = 1024  # px of the longer side at which faces and persons are looked for
REGIONS = {
    "background": ("background",),
    "skin": "skin nose ears lips eyeballs eyebrows facial_hair teeth "
    "mouth_cavity".split(),
    "hair": ("hair", "headgear"),
    "clothing": ("clothing",),
    "other": ("accessories", "glasses"),
}
FEATURES = {
    "rest": "background skin clothing hair ears facial_hair accessories headgear "
    "glasses".split(),
    "eyes": ("eyeballs",),
    "brows": ("eyebrows",),
    "nose": ("nose",),
    "lips": ("lips",),
    "inner mouth": ("teeth", "mouth_cavity"),
}
BEARD = ("facial_hair",)
"""Labels that the classes of the networks are made of."""


@dataclass(frozen=True)
class Labelled:
    """One portrait, shrunk until a cell of its frame has about 1.5 px.

    Args:
        name: Of its file.
        rgb: (H, W, 3) 8 bits.
        classes: (H, W, 12) share of each region, each feature and beard, float32.
        persons: (H, W) probabilities: as it is, and seen in other lights.
        face: Its landmarks.
    """

    name: str
    rgb: np.ndarray
    classes: np.ndarray
    persons: tuple[np.ndarray, ...]
    face: Face


def read_names(folder: Path) -> dict[str, int]:
    """Values of the label pictures by name, from lines like ``0 background``."""
    lines = (folder / "labels.txt").read_text().split("\n")
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {name.strip(): int(value) for value, name in pairs}


def read_labelled(folder: Path) -> list[Labelled]:
    """All portraits NN.jpg with NN_labels.png, not shrunk; classes are raw labels."""
    found = []
    for path in sorted(folder.glob("*_labels.png")):
        image = read_image(
            path.with_name(path.name.replace("_labels.png", ".jpg")), SIZE
        )
        height, width = image.shape[-2:]
        labels = Image.open(path).resize((width, height), Image.Resampling.NEAREST)
        faces = find_faces(image)
        if not faces:
            raise ValueError(f"no face found in {path}")
        persons = [
            segment_person(seen, faces)["person"].numpy() for seen in lights(image)
        ]
        found.append(
            Labelled(
                path.name[:-11],
                to_bytes(image),
                np.asarray(labels),
                tuple(persons),
                faces[0],
            )
        )
    return found


def lights(image: torch.Tensor) -> list[torch.Tensor]:
    """An image as it is, grey, dark, bright, in blue and in red light."""
    grey = image.mean(1, keepdim=True).expand_as(image)
    blue, red = (
        torch.tensor(c).view(1, 3, 1, 1) for c in ((0.5, 0.7, 1), (1, 0.6, 0.5))
    )
    return [image, grey, image**2.2, image**0.5, image * blue, image * red]


def shrunk(picture: Labelled, layout: Layout, names: dict[str, int]) -> Labelled:
    """The portrait at the resolution of a frame, its labels grouped to classes."""
    scale = min(1.0, SMOOTHER * frame_of(picture.face, layout).scale)
    height, width = (max(1, round(side * scale)) for side in picture.rgb.shape[:2])
    classes = [
        np.isin(picture.classes, [names[label] for label in labels]).astype(np.float32)
        for labels in (*REGIONS.values(), *FEATURES.values(), BEARD)
    ]
    return replace(
        picture,
        rgb=resized(picture.rgb, height, width),
        classes=np.dstack([resized(each, height, width) for each in classes]),
        persons=tuple(resized(each, height, width) for each in picture.persons),
        face=Face((picture.face.points + 0.5) * (width / picture.rgb.shape[1]) - 0.5),
    )
