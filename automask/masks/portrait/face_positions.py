"""Where on the face each pixel lies, told alike for all pictures of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.portrait.face_crop import CELLS, Layout, frame_of
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import HAIRLINE, OVAL, outline
from automask.masks.soft import SoftMasks

WITHIN = "skin"  # the mask that positions are told in: not on a fringe or a hat
SQUARE = Layout(side=1.3, above=0.7)  # that a face fills, hairline to chin
# Points of the mesh that warp one face to another. Lids and inner lips open and close,
# irises look about: they are left to their surroundings.
STEADY = OVAL[::2]
STEADY += [33, 133, 362, 263, 27, 257, 23, 253]  # corners of the eyes, above, below
STEADY += [70, 105, 107, 300, 334, 336]  # brows
STEADY += [151, 9, 108, 337, 69, 299]  # forehead
STEADY += [168, 6, 197, 195, 5, 4, 1, 2, 129, 358, 98, 327]  # nose
STEADY += [50, 280, 205, 425, 117, 346, 187, 411, 123, 352, 207, 427, 36, 266]  # cheeks
STEADY += [61, 291, 0, 17, 37, 267, 84, 314, 18, 199, 200]  # lips and chin
SMOOTHING = 3e-3  # of the spline: landmarks tremble, and must not fold the warp
NEIGHBOURS = 9  # landmarks that say how the face lies about one of them
FACING = 0.1  # of a patch's area must be seen in the other picture, not from behind
ENOUGH = 0.5  # of the landmarks face both ways, or nothing is told of that face
RIM = 0.1  # of the face's size, over which its mask fades towards the outline
GRID = 33  # points a side at which the warp is computed


def positions(content: SoftMasks, styles: Sequence[SoftMasks]) -> list[Tensor | None]:
    """Maps of where on the face each pixel lies, of the content and of each style.

    A position is told in shares of an upright square about the largest face of the
    first style that shows one; all other faces are warped onto it by a thin-plate
    spline through their landmarks (Bookstein 1989), so an eye has an eye's position in
    each. Unmatched regions of a style, such as a beard, have none, so that the chin
    under it finds bare skin near by.

    Args:
        content: Its masks, with the landmarks of its faces.
        styles: Likewise.

    Returns:
        (3, H, W) in [0, 1] each: share from the left of the square and from its top,
        both multiplied by a soft mask of the face, and that mask. None for a picture
        without skin or faces, for all styles if it is the content, and the reverse.
    """
    faces = [_faces(masks) for masks in (content, *styles)]
    known = [each for each in faces[1:] if each]
    if not (faces[0] and known):
        return [None] * len(faces)
    reference = _in_square(known[0][0], known[0][0].points)
    return [
        _picture_positions(each, reference, _within(masks, is_style=number > 0))
        if each
        else None
        for number, (each, masks) in enumerate(
            zip(faces, (content, *styles), strict=True)
        )
    ]


def _faces(masks: SoftMasks) -> list[Face]:
    """The faces of a picture, the largest first; none where skin is no mask."""
    if masks.landmarks is None or WITHIN not in masks.names:
        return []
    return [Face(points) for points in masks.landmarks.numpy()]


def _within(masks: SoftMasks, *, is_style: bool) -> Tensor:
    """(H, W) in [0, 1] where positions are told."""
    if masks.unmatched is None or not is_style:
        return masks[WITHIN]
    return masks[WITHIN] * (1 - masks.unmatched.probs.amax(dim=0))


def _picture_positions(
    faces: Sequence[Face], reference: np.ndarray, within: Tensor
) -> Tensor:
    """(3, H, W) of a picture with faces; where they overlap the more certain one's."""
    shares = torch.zeros(2, *within.shape)
    mask = torch.zeros(within.shape)
    for face in faces:
        found = _face_positions(face, reference, (within.shape[0], within.shape[1]))
        if found is None:
            continue
        (rows, columns), planes = found
        nearer = planes[2] > mask[rows, columns]
        window = shares[:, rows, columns]
        window.copy_(torch.where(nearer, planes[:2], window))
        mask[rows, columns] = torch.maximum(mask[rows, columns], planes[2])
    mask = mask * within
    return torch.cat([shares * mask, mask[None]])


def _face_positions(
    face: Face, reference: np.ndarray, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], Tensor] | None:
    """Rows and columns about a face, and there (3, h, w): its positions and its mask.

    None for a face beyond the picture, or one that shows a side which the reference
    turns away.
    """
    own = _in_square(face, face.points)
    steady = [at for at in STEADY if facing(own, reference, at)]
    ring = outline(face, HAIRLINE).astype(np.float32)
    left, top = (max(0, floor(low)) for low in ring.min(0))
    right, bottom = (
        min(side, ceil(high))
        for side, high in zip(shape[::-1], ring.max(0), strict=True)
    )
    if len(steady) < ENOUGH * len(STEADY) or left >= right or top >= bottom:
        return None
    warp = thin_plate_spline(own[steady], reference[steady])
    x, y = np.meshgrid(
        np.linspace(left + 0.5, right - 0.5, GRID),
        np.linspace(top + 0.5, bottom - 0.5, GRID),
    )
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    inside = [cv2.pointPolygonTest(ring, tuple(point), True) for point in points]
    mask = np.clip(np.array(inside) / (RIM * face.size), 0, 1)
    coarse = np.column_stack([warp(_in_square(face, points)), mask])
    planes = torch.from_numpy(coarse.T.reshape(1, 3, GRID, GRID)).float().clamp(0, 1)
    planes = F.interpolate(
        planes, (bottom - top, right - left), mode="bilinear", align_corners=True
    )
    return (slice(top, bottom), slice(left, right)), planes[0]


def thin_plate_spline(
    points: np.ndarray, values: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The smoothest map that takes points nearly to values (Bookstein 1989, Eq. 4).

    Args:
        points: (N, 2), not all on a line.
        values: (N, 2).

    Returns:
        A map of (M, 2) to (M, 2).
    """
    points, values = points.astype(float), values.astype(float)

    def bending(at: np.ndarray) -> np.ndarray:  # r^2 log r
        squares = ((at[:, None] - points) ** 2).sum(2)
        return squares * np.log(np.maximum(squares, 1e-300)) / 2

    def affine(at: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(at)), at])

    stiff = bending(points) + SMOOTHING * np.eye(len(points))
    known = affine(points)
    system = np.block([[stiff, known], [known.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.vstack([values, np.zeros((3, 2))]))
    return lambda at: np.hstack([bending(at), affine(at)]) @ weights


def _in_square(face: Face, points: np.ndarray) -> np.ndarray:
    """(N, 2) points of a picture, px, in shares of the upright square about a face."""
    return frame_of(face, SQUARE).points(points) / CELLS


def facing(own: np.ndarray, other: np.ndarray, at: int) -> bool:
    """Whether two faces show the viewer the same side of the skin about a landmark.

    Where one head is turned away the landmarks there lie behind one another: going
    round one of them its neighbours come in the reverse order, or on a line.
    """
    apart = ((own - own[at]) ** 2).sum(1) + ((other - other[at]) ** 2).sum(1)
    near = np.argsort(apart)[:NEIGHBOURS]
    one, two = (each[near] - each[near].mean(0) for each in (own, other))
    areas = np.linalg.det([one.T @ one, two.T @ two])
    return bool(np.linalg.det(one.T @ two) > FACING * areas.max())
