"""How near each region is to its style; whether its masks and faces are found again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from automask.masks import SoftMasks
from automask.masks.portrait.face_detection import same
from automask.masks.portrait.face_landmarks import Face
from evaluating.measures import mean
from evaluating.region_labels import Labels

LEAST_CELLS = 24  # of a region that its texture is read from
LEAST_SHARE = 0.002  # of a picture, that a mask covers
EYES = ((33, 133), (362, 263))  # MediaPipe's landmarks of each eye's corners


def region_distances(
    features: tuple[Tensor, Tensor], labels: tuple[Labels, Labels]
) -> tuple[float, float | None] | None:
    """How far each region's texture is from its own style region and from the others.

    Textures are Gram matrices of the activations in a region (Gatys et al. 2017);
    their distance is the Frobenius norm of the difference over the sum of norms.

    Args:
        features: (1, C, h, w) of result and style.
        labels: Of each, by the same names.

    Returns:
        Means over the regions, in [0, 1]: to the same region of the style; to the
        other ones, None where there is no other. None where none is large enough.
    """
    ours, theirs = (
        _textures(maps, each.at(*maps.shape[2:]))
        for maps, each in zip(features, labels, strict=True)
    )
    shared = [r for r in ours if r in theirs]
    if not shared:
        return None
    right = [_distance(ours[r], theirs[r]) for r in shared]
    wrong = [_distance(ours[r], theirs[s]) for r in shared for s in theirs if r != s]
    return sum(right) / len(right), mean(wrong)


def agreement(result: SoftMasks, content: SoftMasks) -> float | None:
    """Mean intersection over union of the masks found in both.

    Args:
        result: What was found in the result.
        content: In the content; its masks count, found again or not.

    Returns:
        In [0, 1]; None where the content shows nothing.
    """
    ious = []
    for name, probs in zip(content.names, content.probs, strict=True):
        theirs = probs > 0.5
        if theirs.float().mean() < LEAST_SHARE:
            continue
        ours = torch.zeros_like(theirs)
        if name in result.names:
            ours = result[name] > 0.5
        ious.append(float((ours & theirs).sum() / (ours | theirs).sum()))
    return mean(ious)


def landmark_distance(
    result: Sequence[Face], content: Sequence[Face]
) -> tuple[float | None, int]:
    """How far the landmarks of the faces that are found again have moved.

    Args:
        result: Faces of the picture.
        content: Those of the photograph at the same size in px.

    Returns:
        Mean distance in % of the photograph's distance between the eyes, None where
        no face is found again; and how many faces are not.
    """
    left, distances = [*result], []
    for face in content:
        if near := [other for other in left if same(face, other)]:
            found = min(near, key=lambda other, face=face: _apart(face, other))
            left = [other for other in left if other is not found]
            eyes = (face.points[[*corners]].mean(axis=0) for corners in EYES)
            between = float(np.hypot(*np.subtract(*eyes)))
            distances.append(100 * _apart(face, found) / between)
    return mean(distances), len(content) - len(distances)


def _apart(face: Face, other: Face) -> float:
    """Mean distance of their landmarks, px."""
    return float(np.hypot(*(face.points - other.points).T).mean())


def _textures(features: Tensor, owner: Tensor) -> dict[int, Tensor]:
    """Gram matrix of each region."""
    cells, owners = features[0].flatten(1).float(), owner.flatten()
    sizes = {int(r): int((owners == r).sum()) for r in owners.unique() if r >= 0}
    parts = {r: cells[:, owners == r] for r, n in sizes.items() if n >= LEAST_CELLS}
    return {r: part @ part.T / part.shape[1] for r, part in parts.items()}


def _distance(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / (one.norm() + other.norm()).clamp_min(1e-12))
