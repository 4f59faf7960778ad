"""Skin, hair, clothing, features of the face and beard, as the small networks see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from automask.masks.portrait.face_crop import (
    BEARD,
    CELLS,
    FEATURES,
    HEAD,
    Frame,
    Layout,
    Square,
    frame_of,
)
from automask.masks.portrait.face_features import (
    beard_cues,
    feature_cues,
    head_cues,
    in_square,
)
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_net import (
    FEATURE_CLASSES,
    HEAD_CLASSES,
    WEIGHTS,
    classify,
    load_nets,
)
from automask.masks.soft import SoftMasks

RIM = 8  # cells over which the square of a head fades into what lies beyond
ABOVE = 48  # cells by which the top of the square is continued, for tall hats
GUIDE_RADIUS = 1.5  # of the guided filter, cells
EDGE = 60.0  # its eps, squared 8-bit codes
MESH = 0.2  # weight of the landmarks' polygons, sharper than cells, against it
LEAST_BEARD = 0.02  # share of the face below which nothing counts as a beard
CLASSIFIER = 0.3  # its weight on what is person, against the bundled models


@dataclass(frozen=True)
class HeadSegmentation:
    """The small networks on the squares about all faces of a picture.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        person: (H, W) probability by the bundled models.
        faces: At least one.
        weights: File of the networks.
    """

    pixels: np.ndarray
    person: np.ndarray
    faces: Sequence[Face]
    weights: Path = WEIGHTS

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, px."""
        return self.person.shape[0], self.person.shape[1]

    def regions(self) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of HEAD_CLASSES about all faces, and how far to trust them.

        Where the squares of two heads overlap, each pixel goes by the nearer one. What
        lies above a square is taken for what its topmost cells are.

        Returns:
            (5, H, W), and (H, W) from 0 beyond the squares to 1 in them; float32.
        """
        total = np.zeros((len(HEAD_CLASSES), *self.shape), np.float32)
        votes, trust = (np.zeros(self.shape, np.float32) for _ in range(2))
        rim, near = square_weights()
        for frame, _, probs in self._classified("head", HEAD, head_cues):
            weight = frame.put(rim, self.shape)
            vote = frame.put(near, self.shape) + 1e-6 * weight
            tall = np.pad(probs, ((0, 0), (ABOVE, 0), (0, 0)), mode="edge")
            total += vote * np.stack([frame.put(each, self.shape) for each in tall])
            votes += vote
            np.maximum(trust, weight, out=trust)
        return total / np.maximum(votes, 1e-9), trust

    def features(self, outlines: SoftMasks) -> dict[str, np.ndarray]:
        """(H, W) masks "eyes", "brows", "nose", "lips", "mouth" of all faces together.

        What the landmarks alone say of them, ``outlines``, sharpens their borders, and
        takes teeth and tongue from the lips.
        """
        probs = np.zeros((len(FEATURE_CLASSES), *self.shape), np.float32)
        for frame, _, cells in self._classified("features", FEATURES, feature_cues):
            planes = [frame.put(plane, self.shape) for plane in cells]
            np.maximum(probs, planes, out=probs)
        masks = dict(zip(FEATURE_CLASSES[1:-1], probs[1:-1], strict=True))
        masks["mouth"] = np.minimum(probs[-2] + probs[-1], 1)
        drawn = {name: plane.numpy() for name, plane in outlines.by_name().items()}
        between = drawn["inner mouth"]
        masks["lips"] = masks["lips"] * (1 - between)
        drawn["lips"] = drawn["mouth"] * (1 - np.maximum(between, probs[-1]))
        return {n: (1 - MESH) * masks[n] + MESH * drawn[n] for n in masks}

    def beard(self) -> np.ndarray:
        """(H, W) probability of beard and moustache of all faces together.

        A face whose beard would be smaller than a moustache has none at all.
        """
        beard = np.zeros(self.shape, np.float32)
        for frame, square, cells in self._classified("beard", BEARD, beard_cues):
            probs = square.inside * in_square(cells[1])
            if (probs >= 0.5).sum() >= LEAST_BEARD * square.areas[1].sum():
                np.maximum(beard, frame.put(probs, self.shape), out=beard)
        return beard

    def follow_edges(self, masks: np.ndarray) -> np.ndarray:
        """(K, H, W) after a guided filter as wide as the cells of the smallest head."""
        cell = 1 / max(frame_of(face, HEAD).scale for face in self.faces)
        radius = max(1, round(GUIDE_RADIUS * cell))
        filtered = [
            cv2.ximgproc.guidedFilter(self.pixels, each, radius, EDGE, scale=0.5)
            for each in masks
        ]
        return np.stack(filtered).clip(0, 1)

    def _classified(
        self, kind: str, layout: Layout, cues: Callable[[Square], np.ndarray]
    ) -> Iterator[tuple[Frame, Square, np.ndarray]]:
        """Each face's frame, what is seen in it, and probabilities of its cells."""
        inside = np.ones(self.shape, np.float32)
        for face in self.faces:
            frame = frame_of(face, layout)
            square = Square(
                frame.cut(self.pixels, repeat=True),
                frame.cut(self.person),
                frame.cut(inside),
                frame.points(face.points),
            )
            yield frame, square, classify(load_nets(self.weights)[kind], cues(square))


def square_weights() -> tuple[np.ndarray, np.ndarray]:
    """(ABOVE + CELLS, CELLS) trust in the cells of a head's square, and their nearness.

    Trust is 1 and falls to 0 at the rim; nearness falls steeply with the distance from
    the face.
    """
    down, across = (
        np.minimum(np.arange(count) + 0.5, np.arange(count)[::-1] + 0.5)
        for count in (ABOVE + CELLS, CELLS)
    )
    rim = (np.minimum(down[:, None], across[None]) / RIM).clip(0, 1)
    y, x = np.mgrid[-ABOVE:CELLS, :CELLS].astype(np.float32)
    middle = CELLS * HEAD.above / HEAD.side
    away = np.hypot(y - middle, x - CELLS / 2) / (CELLS / HEAD.side)  # face heights
    return rim.astype(np.float32), np.exp(-4 * away * away)


def second_opinion(
    person: np.ndarray, body: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """(H, W) probability of a person by the bundled models and by the classifier.

    The latter's ``body`` (all but the background) counts as far as it is trusted.
    """
    weight = CLASSIFIER * trust
    uncertain = [each.clip(0.003, 0.997) for each in (person, body)]
    bundled, ours = (np.log(each / (1 - each)) for each in uncertain)
    both = 1 / (1 + np.exp(-((1 - weight) * bundled + weight * ours)))
    return np.where(trust > 0, both, person).astype(np.float32)
