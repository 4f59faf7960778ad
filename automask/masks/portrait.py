"""Persons in one image, by the bundled models: body, skin, head and face parts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from automask.masks.face import find_faces
from automask.masks.parts import face_parts
from automask.masks.person import segment_person
from automask.masks.skin import find_skin
from automask.masks.soft import SoftMasks

SKINS = ("face", "rules")


@dataclass(frozen=True)
class Portrait:
    """Source of all that the bundled models see of persons.

    Args:
        skin: "face" learns the colour of skin from the faces; "rules" is the paper's
            way, limits in YCbCr. Without a face both use the rules.
    """

    skin: str = "face"

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
            "person"; within it "skin" (by colour, for photographs) and "head" (face
            and forehead, for artwork); within these "eyes", "brows", "nose",
            "mouth".
        """
        faces = find_faces(image)
        body = segment_person(image, faces)
        parts = face_parts(image, faces)
        # A found face is a person even where the net misses a painted one.
        person = torch.maximum(body["person"], parts["face"])
        head = torch.maximum(parts["head"] * body["person"], parts["face"])
        skin = find_skin(image, faces, person, learn=self.skin == "face")
        masks = {
            "person": (person, body.sources[0]),
            "skin": (skin["skin"], skin.sources[0]),
            "head": (head, parts.sources[0]),
        }
        for name in ("eyes", "brows", "nose", "mouth"):
            masks[name] = (parts[name], parts.sources[0])
        probs, sources = zip(*masks.values(), strict=True)
        return SoftMasks(tuple(masks), torch.stack(probs), sources)
