"""One square of a portrait while it is being altered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_net import HEAD_CLASSES
from automask.masks.portrait.face_polygons import OVAL, fill, grown
from training.light import Array


@dataclass
class Scene:
    """One square of a portrait while it is being altered.

    Args:
        rgb: (S, S, 3) in [0, 1].
        regions: (S, S, 5) share of each of HEAD_CLASSES.
        features: (S, S, 6) share of each of FEATURE_CLASSES.
        beard: (S, S) share of beard and moustache, which are skin as well.
        person: (S, S) probability.
        inside: (S, S) 1 in the picture.
        points: (478, 2) landmarks in cells.
    """

    rgb: Array
    regions: Array
    features: Array
    beard: Array
    person: Array
    inside: Array
    points: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in cells."""
        return self.rgb.shape[0], self.rgb.shape[1]

    @property
    def height(self) -> float:
        """Of the face, in cells."""
        return Face(self.points).height

    def share(self, name: str) -> Array:
        """(S, S) of a region."""
        return self.regions[..., HEAD_CLASSES.index(name)]

    def cover(self, alpha: Array, colour: Array, name: str | None) -> None:
        """Lay something over the scene, of some region, or as part of what is there."""
        alpha = np.clip(alpha, 0, 1).astype(np.float32)[..., None]
        self.rgb = self.rgb * (1 - alpha) + np.clip(colour, 0, 1) * alpha
        if name is not None:
            self.regions = self.regions * (1 - alpha)
            self.regions[..., HEAD_CLASSES.index(name)] += alpha[..., 0]
            self.features = self.features * (1 - alpha)
            self.features[..., 0] += alpha[..., 0]
            self.beard = self.beard * (1 - alpha[..., 0])

    def tone(self, name: str) -> Array | None:
        """(3,) mean colour of a region; None where it does not show."""
        chosen = self.share(name) > 0.5
        return self.rgb[chosen].mean(0) if chosen.any() else None

    def skin_colour(self) -> Array:
        """(3,) median of the cheeks."""
        inner = fill(self.shape, [grown(Face(self.points), OVAL, 0.7, 0.7)]) > 0.5
        return np.median(self.rgb[inner], 0) if inner.any() else np.full(3, 0.5)
