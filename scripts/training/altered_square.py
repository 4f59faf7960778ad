"""One square of a portrait while it is being altered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_net import HEAD_CLASSES
from automask.masks.portrait.face_polygons import OVAL, fill, grown
from training.light import Array, Random, texture

PLANES = ("rgb", "regions", "features", "beard", "person", "inside")
PICTURED = 0.6  # how often a stuff is a crop of a picture


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
        stuffs: (H, W, 3) pictures in [0, 1] whose crops stand for stuffs.
    """

    rgb: Array
    regions: Array
    features: Array
    beard: Array
    person: Array
    inside: Array
    points: Array
    stuffs: Sequence[Array] = ()

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

    def move(self, x: Array, y: Array) -> None:
        """Take each cell's contents from the place (x, y)."""
        at, linear = (x.astype(np.float32), y.astype(np.float32)), cv2.INTER_LINEAR
        for name in PLANES:
            planes = by_plane(
                getattr(self, name),
                lambda p: cv2.remap(p, *at, linear, borderMode=cv2.BORDER_REPLICATE),
            )
            setattr(self, name, planes)

    def stuff(self, rng: Random) -> Array:
        """(S, S, 3) of some stuff: a pattern, or cut out of a picture."""
        if not self.stuffs or rng.random() > PICTURED:
            return texture(rng, self.shape)
        picture = self.stuffs[rng.integers(len(self.stuffs))]
        height, width = picture.shape[:2]
        side = round(min(height, width) * rng.uniform(0.15, 1))
        y, x = (int(rng.integers(each - side + 1)) for each in (height, width))
        crop = np.ascontiguousarray(picture[y : y + side, x : x + side])
        crop = cv2.resize(crop, self.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return np.clip(crop * np.exp(rng.normal(0, 0.2, 3)), 0, 1)

    def tone(self, name: str) -> Array | None:
        """(3,) mean colour of a region; None where it does not show."""
        chosen = self.share(name) > 0.5
        return self.rgb[chosen].mean(0) if chosen.any() else None

    def skin_colour(self) -> Array:
        """(3,) median of the cheeks."""
        inner = fill(self.shape, [grown(Face(self.points), OVAL, 0.7, 0.7)]) > 0.5
        return np.median(self.rgb[inner], 0) if inner.any() else np.full(3, 0.5)


def by_plane(planes: Array, change: Callable[[Array], Array]) -> Array:
    """(H, W) or (H, W, C), each of whose planes is changed."""
    if planes.ndim == 2:
        return change(np.ascontiguousarray(planes))
    return np.dstack([by_plane(plane, change) for plane in np.moveaxis(planes, 2, 0)])
