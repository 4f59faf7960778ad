"""Labelled portraits, what the bundled models see in them, and pictures of stuffs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from evaluating.region_labels import read_names
from PIL import Image

from automask.images.image_files import read_image
from automask.masks.arrays import resized, to_bytes
from automask.masks.portrait.face_crop import SMOOTHER, Layout, frame_of
from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.person import segment_person
from training.labels import PLANES, classes_of
from training.sitters import names_in, sitters

SIZE = 1024  # px of the longer side at which faces and persons are looked for
STUFF = 256  # px of the longer side of a picture of stuffs


@dataclass(frozen=True)
class Labelled:
    """One portrait, shrunk until a cell of its frame has about 1.5 px.

    Args:
        name: Of its file.
        folder: Where it lies.
        person: Who it shows.
        names: Values of the labels by name.
        rgb: (H, W, 3) 8 bits.
        classes: (H, W, 12) share of each of PLANES, float32; all regions together lack
            what the labels leave open.
        persons: (H, W) probabilities, float16: as it is, and seen in other lights.
        face: Its landmarks.
    """

    name: str
    folder: str
    person: str
    names: Mapping[str, int]
    rgb: np.ndarray
    classes: np.ndarray
    persons: tuple[np.ndarray, ...]
    face: Face


def read_labelled(folder: Path) -> list[Labelled]:
    """All portraits NN.jpg with NN_labels.png, not shrunk; classes are raw labels.

    A picture whose face is not found is left out, with a line that says so.
    """
    names = read_names(folder / "labels.txt")
    found, lost = [], []
    for name, person in sitters(folder, names_in(folder)).items():
        path = folder / f"{name}_labels.png"
        image = read_image(folder / f"{name}.jpg", SIZE)
        height, width = image.shape[-2:]
        labels = Image.open(path).resize((width, height), Image.Resampling.NEAREST)
        faces = find_faces(image)
        if not faces:
            lost.append(name)
            continue
        bodies = tuple(
            np.float16(segment_person(seen, faces)["person"]) for seen in lights(image)
        )
        rgb, classes = to_bytes(image), np.asarray(labels)
        face = faces[0]
        found.append(
            Labelled(name, str(folder), person, names, rgb, classes, bodies, face)
        )
    if lost:
        print(f"{folder}: no face found in {len(lost)} pictures: {', '.join(lost)}")
    return found


def lights(image: torch.Tensor) -> list[torch.Tensor]:
    """An image as it is, grey, dark, bright, in blue and in red light."""
    grey = image.mean(1, keepdim=True).expand_as(image)
    blue, red = torch.tensor([[0.5, 0.7, 1], [1, 0.6, 0.5]]).view(2, 1, 3, 1, 1)
    return [image, grey, image**2.2, image**0.5, image * blue, image * red]


def shrunk(picture: Labelled, layout: Layout) -> Labelled:
    """The portrait at the resolution of a frame, its labels grouped to classes."""
    scale = min(1.0, SMOOTHER * frame_of(picture.face, layout).scale)
    height, width = (max(1, round(side * scale)) for side in picture.rgb.shape[:2])
    shown = classes_of(picture.classes, picture.names, picture.face, picture.persons[0])
    planes = [resized(np.float32(shown[name]), height, width) for name in PLANES]
    return replace(
        picture,
        rgb=resized(picture.rgb, height, width),
        classes=np.dstack(planes),
        persons=tuple(
            resized(np.float32(each), height, width) for each in picture.persons
        ),
        face=Face((picture.face.points + 0.5) * (width / picture.rgb.shape[1]) - 0.5),
    )


def read_stuffs(folder: Path) -> list[np.ndarray]:
    """(H, W, 3) in [0, 1], small, of all pictures that show no face."""
    images = [read_image(path, STUFF) for path in sorted(folder.glob("*.jpg"))]
    faceless = [to_bytes(image) for image in images if not find_faces(image)]
    return [pixels.astype(np.float32) / 255 for pixels in faceless]
