"""Skin, hair, clothing, features of the face and beard, as the small networks see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from automask.masks.portrait.face_crop import BEARD, CELLS, FEATURES, HEAD, frame_of
from automask.masks.portrait.face_features import (
    beard_cues,
    feature_cues,
    head_cues,
    in_square,
    squares,
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


def head_regions(
    pixels: np.ndarray,
    person: np.ndarray,
    faces: Sequence[Face],
    weights: Path = WEIGHTS,
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of HEAD_CLASSES about all faces, and how far to trust them.

    Where the squares of two heads overlap, each pixel goes by the nearer one. What lies
    above a square is taken for what its topmost cells are.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        person: (H, W) probability.
        faces: At least one.
        weights: File of the networks.

    Returns:
        (5, H, W), and (H, W) from 0 beyond the squares to 1 in them; float32.
    """
    shape = pixels.shape[:2]
    total = np.zeros((len(HEAD_CLASSES), *shape), np.float32)
    votes, trust = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    rim, near = fading(), nearness()
    for frame, square in squares(pixels, person, faces, HEAD):
        probs = classify(load_nets(weights)["head"], head_cues(square))
        vote = frame.put(near, shape) + 1e-6 * frame.put(rim, shape)
        tall = np.pad(probs, ((0, 0), (ABOVE, 0), (0, 0)), mode="edge")
        total += vote * np.stack([frame.put(each, shape) for each in tall])
        votes += vote
        np.maximum(trust, frame.put(rim, shape), out=trust)
    return total / np.maximum(votes, 1e-9), trust


def fading() -> np.ndarray:
    """(ABOVE + CELLS, CELLS) 1, but falling to 0 at the rim."""
    down, across = (
        np.minimum(np.arange(count) + 0.5, np.arange(count)[::-1] + 0.5)
        for count in (ABOVE + CELLS, CELLS)
    )
    ramp = np.minimum(down[:, None], across[None]) / RIM
    return ramp.clip(0, 1).astype(np.float32)


def nearness() -> np.ndarray:
    """(ABOVE + CELLS, CELLS) falling steeply with the distance from the face."""
    y, x = np.mgrid[-ABOVE:CELLS, :CELLS].astype(np.float32)
    middle = CELLS * HEAD.above / HEAD.side
    away = np.hypot(y - middle, x - CELLS / 2) / (CELLS / HEAD.side)  # face heights
    return np.exp(-4 * away * away)


def second_opinion(
    person: np.ndarray, body: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """(H, W) probability of a person by the bundled models and the classifier.

    Args:
        person: (H, W) probability by the bundled models.
        body: (H, W) by the classifier: whatever is not background.
        trust: (H, W) in [0, 1], how far to trust it.
    """
    weight = CLASSIFIER * trust
    logit = (1 - weight) * log_odds(person) + weight * log_odds(body)
    both = 1 / (1 + np.exp(-logit))
    return np.where(trust > 0, both, person).astype(np.float32)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Of probabilities, none of which is taken for certain."""
    uncertain = probability.clip(0.003, 0.997)
    return np.log(uncertain / (1 - uncertain))


def face_features(
    pixels: np.ndarray,
    person: np.ndarray,
    faces: Sequence[Face],
    outlines: SoftMasks,
    weights: Path = WEIGHTS,
) -> dict[str, np.ndarray]:
    """(H, W) masks "eyes", "brows", "nose", "lips", "mouth" of all faces together.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        person: (H, W) probability.
        faces: At least one.
        outlines: What the landmarks alone say of these masks.
        weights: File of the networks.
    """
    shape = pixels.shape[:2]
    probs = np.zeros((len(FEATURE_CLASSES), *shape), np.float32)
    for frame, square in squares(pixels, person, faces, FEATURES):
        cells = classify(load_nets(weights)["features"], feature_cues(square))
        np.maximum(probs, [frame.put(plane, shape) for plane in cells], out=probs)
    masks = dict(zip(FEATURE_CLASSES[1:-1], probs[1:-1], strict=True))
    masks["mouth"] = np.minimum(probs[-2] + probs[-1], 1)
    drawn = {name: plane.numpy() for name, plane in outlines.by_name().items()}
    drawn["lips"] = drawn["mouth"] * (1 - probs[-1])
    return {n: (1 - MESH) * masks[n] + MESH * drawn[n] for n in masks}


def find_beard(
    pixels: np.ndarray,
    person: np.ndarray,
    faces: Sequence[Face],
    weights: Path = WEIGHTS,
) -> np.ndarray:
    """(H, W) probability of beard and moustache of all faces together.

    A face whose beard would be smaller than a moustache has none at all.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        person: (H, W) probability.
        faces: At least one.
        weights: File of the networks.
    """
    shape = pixels.shape[:2]
    beard = np.zeros(shape, np.float32)
    for frame, square in squares(pixels, person, faces, BEARD):
        _, cells = classify(load_nets(weights)["beard"], beard_cues(square))
        probs = square.inside * in_square(cells)
        if (probs >= 0.5).sum() >= LEAST_BEARD * square.known[1].sum():
            np.maximum(beard, frame.put(probs, shape), out=beard)
    return beard


def follow_edges(
    pixels: np.ndarray, masks: np.ndarray, faces: Sequence[Face]
) -> np.ndarray:
    """(K, H, W) after a guided filter as wide as the cells of the smallest head."""
    cell = 1 / max(frame_of(face, HEAD).scale for face in faces)
    radius = max(1, round(GUIDE_RADIUS * cell))
    return np.stack(
        [
            cv2.ximgproc.guidedFilter(pixels, each, radius, EDGE, scale=0.5).clip(0, 1)
            for each in masks
        ]
    )
