"""Persons in one image, without any download: body, skin, hair, clothing, features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.face_net import HEAD_CLASSES, WEIGHTS
from automask.masks.portrait.face_polygons import face_parts
from automask.masks.portrait.head_segmentation import (
    face_features,
    find_beard,
    follow_edges,
    head_regions,
    second_opinion,
)
from automask.masks.portrait.mediapipe_models import to_bytes
from automask.masks.portrait.person import segment_person
from automask.masks.portrait.skin import find_skin
from automask.masks.soft import SoftMasks

SKINS = ("parts", "face", "rules")
FEATURES = ("eyes", "brows", "nose", "mouth", "lips", "beard")
CLASSIFIER = "parts classifier"
BARE = 0.15  # share of a body below the shoulders that is skin, as a rule


@dataclass(frozen=True)
class Portrait:
    """Source of all that can be seen of persons with what ships and comes bundled.

    Args:
        skin: "parts" asks our classifier, which knows the picture's own colours of
            skin, where they lie, and what hair and clothes look like; "face" takes
            these colours alone; "rules" is the paper's way, limits in YCbCr. Without a
            face all use the rules.
        weights: File of our classifier; null for the one that ships.
    """

    skin: str = "parts"
    weights: str | None = None

    def __post_init__(self) -> None:
        if self.skin not in SKINS:
            raise ValueError(
                f"masks.sources.portrait.skin must be one of {', '.join(SKINS)}, "
                f"got {self.skin!r}"
            )

    def __call__(self, image: Tensor) -> SoftMasks:
        """Faces are looked for once and shared.

        Args:
            image: (1, 3, H, W) in [0, 1].

        Returns:
            "person"; within it "skin", "hair" (with headgear) and "clothing"; within
            skin "eyes", "brows", "nose", "mouth", "beard" (with moustache), and within
            the mouth "lips". Where the classifier did not see the skin also "head",
            the face and forehead by the landmarks, which stands for skin on artwork.
        """
        faces = find_faces(image)
        landmarks = None
        if faces:
            landmarks = torch.from_numpy(np.stack([face.points for face in faces]))
        body = segment_person(image, faces)
        outlines = face_parts(image, faces)
        # A found face is a person even where the net misses a painted one.
        person = torch.maximum(body["person"], outlines["face"])
        skin = find_skin(image, faces, person, learn=self.skin != "rules")
        found = SoftMasks(
            ("person", "skin", "clothing", "hair", *FEATURES),
            torch.stack(
                [person, skin["skin"], person - skin["skin"]]
                + [torch.zeros_like(person)] * (1 + len(FEATURES))
            ),
            (body.sources[0], *skin.sources * 2, *("no face",) * (1 + len(FEATURES))),
        )
        if faces:
            found = self.classified(image, found, faces, outlines)
        if faces and self.skin == "parts":
            return replace(found, landmarks=landmarks)
        head = torch.maximum(outlines["head"] * body["person"], outlines["face"])
        return SoftMasks(
            (*found.names, "head"),
            torch.cat([found.probs, head[None]]),
            (*found.sources, outlines.sources[0]),
            landmarks=landmarks,
        )

    def classified(
        self,
        image: Tensor,
        found: SoftMasks,
        faces: Sequence[Face],
        outlines: SoftMasks,
    ) -> SoftMasks:
        """The same masks after our classifier looked at the persons with faces.

        Args:
            image: (1, 3, H, W) in [0, 1].
            found: What is known without it.
            faces: At least one.
            outlines: What their landmarks alone say.
        """
        pixels, weights = to_bytes(image), Path(self.weights or WEIGHTS)
        person, by_colour = found["person"].numpy(), found["skin"].numpy()
        beard = find_beard(pixels, person, faces, weights)
        regions, trust = head_regions(pixels, person, faces, weights)
        (body,) = follow_edges(pixels, 1 - regions[:1], faces)
        person = second_opinion(person, body, trust)
        parts = np.stack(shares(regions, trust, by_colour, person))
        skin, hair, clothing = follow_edges(pixels, parts, faces)
        masks = {"person": person, "skin": skin, "clothing": clothing, "hair": hair}
        masks |= face_features(pixels, faces, outlines, weights)
        masks |= bearded(masks, beard)
        sources = {name: CLASSIFIER for name in masks}
        sources["person"] = f"{found.sources[0]} + {CLASSIFIER}"
        if self.skin != "parts":
            masks["skin"], sources["skin"] = by_colour, found.sources[1]
        return SoftMasks(
            found.names,
            torch.from_numpy(np.stack([masks[n] for n in found.names])).clamp(0, 1),
            tuple(sources[name] for name in found.names),
        )


def shares(
    regions: np.ndarray, trust: np.ndarray, skin: np.ndarray, person: np.ndarray
) -> list[np.ndarray]:
    """(H, W) of skin, hair and clothing: the classifier's parts of the person.

    Beyond the heads' squares hands, arms and legs go by the colour of skin, as far as
    that can be told from the clothes in the squares; the rest is clothing.

    Args:
        regions: (5, H, W) probabilities of HEAD_CLASSES.
        trust: (H, W) in [0, 1], 0 beyond the squares.
        skin: (H, W) in [0, 1] by colour alone.
        person: (H, W) probability.
    """
    seen = dict(zip(HEAD_CLASSES, regions, strict=True))
    body = np.maximum(1 - seen["background"], 1e-3)
    clothes = trust * seen["clothing"]
    mistaken = float((clothes * skin).sum() + 0.05) / float(clothes.sum() + 1)
    by_colour = skin * BARE / (BARE + (1 - BARE) * mistaken)  # Bayes' rule
    beyond = {"skin": by_colour, "hair": 0.0, "clothing": person - by_colour}
    return [
        (trust * person * seen[name] / body + (1 - trust) * other).astype(np.float32)
        for name, other in beyond.items()
    ]


def bearded(masks: dict[str, np.ndarray], beard: np.ndarray) -> dict[str, np.ndarray]:
    """The person's parts with a beard, which is skin, whatever it was taken for.

    Args:
        masks: (H, W) of "person", "skin", "hair", "clothing".
        beard: (H, W) probability.
    """
    beard = np.minimum(beard, masks["person"])
    others = {name: masks[name] * (1 - beard) for name in ("hair", "clothing")}
    return {"beard": beard, "skin": np.maximum(masks["skin"], beard), **others}
