"""Persons in one image, without any download: body, skin, hair, clothing, features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from automask.masks.arrays import to_bytes
from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.face_net import HEAD_CLASSES, WEIGHTS
from automask.masks.portrait.face_polygons import face_parts
from automask.masks.portrait.head_segmentation import HeadSegmentation, second_opinion
from automask.masks.portrait.person import segment_person
from automask.masks.portrait.skin import find_skin
from automask.masks.soft import SoftMasks

SKINS = ("parts", "face", "rules")
NEED_A_FACE = ("hair", "eyes", "brows", "nose", "mouth", "lips", "beard")
SOURCE = "parts classifier"
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
        """Masks of a (1, 3, H, W) image in [0, 1].

        Returns:
            "person"; within it "skin", "hair" (with headgear) and "clothing"; within
            skin "eyes", "brows", "nose", "mouth", "beard" (with moustache), and within
            the mouth "lips". Where the classifier did not see the skin also "head",
            the face and forehead by the landmarks, which stands for skin on artwork.
        """
        faces = find_faces(image)
        body, outlines = segment_person(image, faces), face_parts(image, faces)
        # A found face is a person even where the net misses a painted one.
        person = torch.maximum(body["person"], outlines["face"])
        skin = find_skin(image, faces, person, learn=self.skin != "rules")
        absent = dict.fromkeys(NEED_A_FACE, torch.zeros_like(person))
        sources = dict.fromkeys(NEED_A_FACE, "no face")
        sources |= dict.fromkeys(("skin", "clothing"), skin.sources[0])
        found = body.replaced(
            {
                "person": person,
                "skin": skin["skin"],
                "clothing": person - skin["skin"],
                **absent,
            },
            sources,
        )
        if faces:
            found = self._classified(image, found, faces, outlines)
        if not faces or self.skin != "parts":
            head = torch.maximum(outlines["head"] * body["person"], outlines["face"])
            found = found.replaced(
                {**found.by_name(), "head": head}, {"head": outlines.sources[0]}
            )
        if not faces:
            return found
        points = torch.from_numpy(np.stack([face.points for face in faces]))
        return replace(found, landmarks=points)

    def _classified(
        self,
        image: Tensor,
        found: SoftMasks,
        faces: Sequence[Face],
        outlines: SoftMasks,
    ) -> SoftMasks:
        """The masks that were found, after our classifier looked at the faces."""
        by_color, person = found["skin"].numpy(), found["person"].numpy()
        weights = Path(self.weights or WEIGHTS)
        heads = HeadSegmentation(to_bytes(image), person, faces, weights)
        regions, trust = heads.regions()
        (body,) = heads.follow_edges(1 - regions[:1])
        masks = heads.features(outlines)
        masks["person"] = second_opinion(person, body, trust)
        parts = np.stack(split_person(masks["person"], regions, trust, by_color))
        names = ("skin", "hair", "clothing")
        masks |= dict(zip(names, heads.follow_edges(parts), strict=True))
        masks |= with_beard(masks, heads.beard())
        sources = dict.fromkeys(masks, SOURCE)
        sources["person"] = f"{found.sources[0]} + {SOURCE}"
        if self.skin != "parts":
            masks["skin"] = by_color
            del sources["skin"]
        planes = {n: torch.from_numpy(masks[n]).clamp(0, 1) for n in found.names}
        return found.replaced(planes, sources)


def split_person(
    person: np.ndarray, regions: np.ndarray, trust: np.ndarray, skin: np.ndarray
) -> list[np.ndarray]:
    """(H, W) of skin, hair and clothing: the classifier's parts of the person.

    Beyond the heads' squares, where trust in the classifier is 0, hands, arms and legs
    go by the skin's colour, as far as that can be told from the clothes in the squares;
    the rest is clothing.
    """
    probs = dict(zip(HEAD_CLASSES, regions, strict=True))
    body = np.maximum(1 - probs["background"], 1e-3)
    clothes = trust * probs["clothing"]
    mistaken = float((clothes * skin).sum() + 0.05) / float(clothes.sum() + 1)
    by_color = skin * BARE / (BARE + (1 - BARE) * mistaken)  # Bayes' rule
    beyond = {"skin": by_color, "hair": 0.0, "clothing": person - by_color}
    return [
        (trust * person * probs[name] / body + (1 - trust) * other).astype(np.float32)
        for name, other in beyond.items()
    ]


def with_beard(
    masks: dict[str, np.ndarray], beard: np.ndarray
) -> dict[str, np.ndarray]:
    """Skin, hair and clothing with a beard, which is skin whatever it was taken for."""
    beard = np.minimum(beard, masks["person"])
    others = {name: masks[name] * (1 - beard) for name in ("hair", "clothing")}
    return {"beard": beard, "skin": np.maximum(masks["skin"], beard), **others}
