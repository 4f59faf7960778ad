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
    "background": "background",
    "skin": "skin nose ears lips eyeballs eyebrows facial_hair teeth mouth_cavity",
    "hair": "hair headgear",
    "clothing": "clothing",
    "other": "accessories glasses",
}
FEATURES = {
    "rest": "background skin clothing hair ears facial_hair accessories headgear "
    "glasses",
    "eyes": "eyeballs",
    "brows": "eyebrows",
    "nose": "nose",
    "lips": "lips",
    "inner mouth": "teeth mouth_cavity",
}
BEARD = "facial_hair"
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


def read_labelled(folder: Path) -> list[Labelled]:
    """All portraits NN.jpg with NN_labels.png, not shrunk; classes are raw labels."""
    found = []
    for path in sorted(folder.glob("*_labels.png")):
        name = path.name.removesuffix("_labels.png")
        image = read_image(path.with_name(f"{name}.jpg"), SIZE)
        height, width = image.shape[-2:]
        labels = Image.open(path).resize((width, height), Image.Resampling.NEAREST)
        faces = find_faces(image)
        if not faces:
            raise ValueError(f"no face found in {path}")
        persons = tuple(
            segment_person(seen, faces)["person"].numpy() for seen in lights(image)
        )
        rgb, classes = to_bytes(image), np.asarray(labels)
        found.append(Labelled(name, rgb, classes, persons, faces[0]))
    return found


def lights(image: torch.Tensor) -> list[torch.Tensor]:
    """An image as it is, grey, dark, bright, in blue and in red light."""
    grey = image.mean(1, keepdim=True).expand_as(image)
    blue, red = torch.tensor([[0.5, 0.7, 1], [1, 0.6, 0.5]]).view(2, 1, 3, 1, 1)
    return [image, grey, image**2.2, image**0.5, image * blue, image * red]


def shrunk(picture: Labelled, layout: Layout, names: dict[str, int]) -> Labelled:
    """The portrait at the resolution of a frame, its labels grouped to classes."""
    scale = min(1.0, SMOOTHER * frame_of(picture.face, layout).scale)
    height, width = (max(1, round(side * scale)) for side in picture.rgb.shape[:2])
    classes = [
        np.isin(picture.classes, [names[n] for n in labels.split()]).astype(np.float32)
        for labels in (*REGIONS.values(), *FEATURES.values(), BEARD)
    ]
    return replace(
        picture,
        rgb=resized(picture.rgb, height, width),
        classes=np.dstack([resized(each, height, width) for each in classes]),
        persons=tuple(resized(each, height, width) for each in picture.persons),
        face=Face((picture.face.points + 0.5) * (width / picture.rgb.shape[1]) - 0.5),
    )
