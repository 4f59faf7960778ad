"""What a portrait's labels say of our masks, and what groups it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from training.labels import classes_of

from automask.masks.arrays import to_lab
from automask.masks.portrait.face_landmarks import Face

FACE = "skin nose lips eyeballs eyebrows ears facial_hair teeth mouth_cavity eyes mouth"
MASKS = {
    "person": f"{FACE} clothing hair accessories headgear glasses",
    "skin": FACE,
    "hair": "hair headgear",
    "clothing": "clothing",
    "eyes": "eyeballs eyes",
    "brows": "eyebrows",
    "nose": "nose",
    "mouth": "lips teeth mouth_cavity mouth",
    "lips": "lips",
    "beard": "facial_hair",
}
"""Labels that each of our masks stands for; NPRportrait's names and FASSEG's."""
GROUPS = {
    "dark": "light",  # median L* of the face's skin below 40, or above
    "open mouth": "closed mouth",  # teeth or the inside are labelled, or not
    "turned": "frontal",  # by more than about 25 degrees
}
DARK = 40.0  # L*
OPEN = 1e-4  # of the picture
ASIDE = 0.45  # see aside_of


@dataclass(frozen=True)
class Truth:
    """A portrait's labels.

    Args:
        masks: (H, W) bool of each mask that the labels tell of.
        known: (H, W) bool where the labels tell skin from hair and background.
    """

    masks: Mapping[str, np.ndarray]
    known: np.ndarray


def truth_of(labels: np.ndarray, names: Mapping[str, int], face: Face | None) -> Truth:
    """What labels (H, W) show; FASSEG's leave clothes, persons and brows open."""
    known, masks = np.ones(labels.shape, bool), {}
    for mask, parts in MASKS.items():
        values = [names[n] for n in parts.split() if n in names]
        if values:
            masks[mask] = np.isin(labels, values)
    if "clothing" not in names:
        del masks["person"]
        if face is not None:
            shown = classes_of(labels, names, face, known)
            masks |= {name: shown[name] for name in ("skin", "hair", "brows")}
            known = shown["skin"] | shown["hair"] | shown["background"]
    return Truth(masks, known)


def groups_of(
    pixels: np.ndarray,
    labels: np.ndarray,
    names: Mapping[str, int],
    face: Face | None,
) -> list[str]:
    """Which of GROUPS a portrait belongs to; neither where its labels do not tell.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        labels: (H, W) values.
        names: Values by name.
        face: Its landmarks; None where none was found.
    """
    dark, mouth, turned = GROUPS.items()
    skin = labels == names.get("skin", -1)
    light = np.median(to_lab(pixels)[skin][:, 0]) if skin.any() else np.inf
    groups = [dark[int(light >= DARK)]] if skin.any() else []
    inside = [names[n] for n in ("teeth", "mouth_cavity") if n in names]
    if inside:
        groups.append(mouth[int(np.isin(labels, inside).mean() <= OPEN)])
    return [*groups, turned[int(aside_of(face) <= ASIDE)]]


def aside_of(face: Face | None) -> float:
    """Where the nose's tip lies: 0 between the cheeks, 1 at one of them or beyond.

    A face that is not found counts as turned away.
    """
    if face is None:
        return 1.0
    tip, left, right = (face.points[p] @ face.across for p in (1, 234, 454))
    return float(min(1, abs(2 * tip - left - right) / max(abs(right - left), 1e-6)))
