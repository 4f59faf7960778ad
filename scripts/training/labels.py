"""What hand-made labels say of the networks' classes, and what they leave open."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_net import BEARD_CLASSES, FEATURE_CLASSES
from automask.masks.portrait.face_net import HEAD_CLASSES as REGION_CLASSES
from automask.masks.portrait.face_polygons import INNER_LIPS, NOSE, brows, fill

CLASSES = {
    "background": "background",
    "skin": "skin nose ears lips eyeballs eyebrows facial_hair teeth mouth_cavity "
    "eyes mouth",
    "hair": "hair headgear",
    "clothing": "clothing",
    "other": "accessories glasses",
    "rest": "background skin clothing hair ears facial_hair accessories headgear "
    "glasses",
    "eyes": "eyeballs eyes",
    "brows": "eyebrows",
    "nose": "nose",
    "lips": "lips mouth",
    "inner mouth": "teeth mouth_cavity",
    "beard": "facial_hair",
}
"""Labels that each class is made of; NPRportrait's names and FASSEG's."""
PLANES = (*REGION_CLASSES, *FEATURE_CLASSES, BEARD_CLASSES[1])
BROW_MARGIN = 0.04  # of the face's height, by which brows may leave the landmarks
BROW_SHARE = 0.6  # of a patch of hair that must lie there for a brow


def classes_of(
    labels: np.ndarray, names: Mapping[str, int], face: Face, person: np.ndarray
) -> dict[str, np.ndarray]:
    """(H, W) bool of each class; a pixel that the labels leave open is in no region.

    FASSEG labels clothing as background, brows as hair, and all of a mouth alike. So
    there what may be clothing stays open, brows are patches of hair about the
    landmarks', and what lies between the lips stays open.

    Args:
        labels: (H, W) values.
        names: Values by name.
        face: Its landmarks, px.
        person: (H, W) probability.
    """
    shown = {
        each: np.isin(labels, [names[n] for n in parts.split() if n in names])
        for each, parts in CLASSES.items()
    }
    if "eyebrows" not in names:
        _part_brows(shown, face)
    if "clothing" not in names:
        shown["background"] &= ~((person > 0.1) & below_mouth(face, labels.shape))
    if "mouth" in names:
        nose = fill(labels.shape, [face.points[NOSE]]) > 0.5
        shown["rest"] &= ~nose  # it begins higher up in NPRportrait
        between = fill(labels.shape, [face.points[INNER_LIPS]]) > 0.1
        shown["lips"] &= ~between
    return shown


def below_mouth(face: Face, shape: tuple[int, ...]) -> np.ndarray:
    """(H, W) bool: lower than the middle of the lips, along the face."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.dstack([x, y]) @ face.up < face.points[INNER_LIPS].mean(0) @ face.up


def _part_brows(shown: dict[str, np.ndarray], face: Face) -> None:
    """Take brows out of the hair; what hangs into one from above stays open."""
    hair = shown["hair"]
    reach = 2 * round(BROW_MARGIN * face.height) + 1
    bands = (fill(hair.shape, brows(face)) > 0.1).astype(np.uint8)
    near = cv2.dilate(bands, np.ones((reach, reach), np.uint8)) > 0
    count, parts = cv2.connectedComponents(hair.astype(np.uint8))
    sizes = np.bincount(parts.ravel(), minlength=count)
    inside = np.bincount(parts[near], minlength=count)
    brow = inside > BROW_SHARE * sizes
    brow[0] = False
    found = brow[parts]
    unclear = hair & near & ~found
    shown["brows"] = found
    shown["skin"] = shown["skin"] | found
    shown["hair"] = hair & ~found & ~unclear
    shown["rest"] = shown["rest"] & ~near & ~found  # drawn thinner than NPRportrait's
