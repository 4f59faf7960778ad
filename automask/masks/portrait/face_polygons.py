"""Soft masks of the face and its parts, drawn as polygons through the landmarks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from automask.masks.portrait.face_landmarks import Face
from automask.masks.soft import SoftMasks

SOURCE = "mediapipe face mesh"
# Points of MediaPipe's face mesh in the order of each outline.
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378]
OVAL += [400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21]
OVAL += [54, 103, 67, 109]
EYES = [
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
]
BROWS = [  # five points of the upper edge, then the five below them, back again
    [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
    [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
]
NOSE = [168, 193, 188, 174, 198, 209, 129, 64, 98, 97, 2]
NOSE += [326, 327, 294, 358, 429, 420, 399, 412, 417]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37]
LIPS += [39, 40, 185]
INNER_LIPS = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13]
INNER_LIPS += [82, 81, 80, 191]
INNER_MIDDLES = [13, 14]  # upper and lower
OPEN = 0.035  # of the face's height
# How far the outline is stretched above the brows: the mesh ends on the forehead. A
# painted forehead, fitted less well, is reached with more and cut off at the person.
HAIRLINE, HEAD = 1.25, 1.6
TEMPLES = 1.12  # how far the head is wider than the mesh
# The mesh follows the slit between the lids, the middle of the brow and the red of the
# lips; what one sees as eye (with the roots of the lashes), brow and mouth is larger.
# Width and height by which each is grown, measured on 20 labelled portraits.
EYE, MOUTH, BROW_HEIGHT = (1.1, 1.2), (1.05, 1.04), 1.4
FINER = 4  # times the size at which polygons are drawn
SUBPIXEL = 4  # bits of the fraction that cv2 takes corners with


def face_parts(image: Tensor, faces: Sequence[Face]) -> SoftMasks:
    """Masks "face" (up to the hairline), "head", "eyes", "brows", "nose", mouths.

    All faces of a (1, 3, H, W) image share one mask a part; it is zero without one. The
    head is generous and meant to be cut off at the person. The "mouth" is both lips and
    what lies between, the "inner mouth", which a closed one has not.
    """
    polygons = {
        "face": [outline(face, HAIRLINE) for face in faces],
        "head": [outline(face, HEAD, TEMPLES) for face in faces],
        "eyes": [polygon for face in faces for polygon in eyes(face)],
        "brows": [polygon for face in faces for polygon in brows(face)],
        "nose": [face.points[NOSE] for face in faces],
        "mouth": [grown(face, LIPS, *MOUTH) for face in faces],
        "inner mouth": [face.points[INNER_LIPS] for face in faces if is_open(face)],
    }
    shape = image.shape[2], image.shape[3]
    masks = np.stack([fill(shape, each) for each in polygons.values()])
    return SoftMasks(tuple(polygons), torch.from_numpy(masks), (SOURCE,) * len(masks))


def is_open(face: Face) -> bool:
    """Whether the mouth is; landmarks of lips that touch are a little apart."""
    upper, lower = face.points[INNER_MIDDLES]
    return float(np.hypot(*(upper - lower))) > OPEN * face.height


def surely_skin(
    shape: tuple[int, int], faces: Sequence[Face], margin: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(H, W) pixels that are skin in all faces (bool), ovals, and eyes, brows and lips.

    Px within a margin of the ovals' outlines are not sure.
    """
    ovals = fill(shape, [face.points[OVAL] for face in faces])
    features = fill(
        shape,
        [
            polygon
            for face in faces
            for polygon in (face.points[LIPS], *eyes(face), *brows(face))
        ],
    )
    inner = cv2.erode(ovals, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    return (inner > 0.5) & (features < 0.1), ovals, features


def eyes(face: Face) -> list[np.ndarray]:
    """Outlines (N, 2) of both eyes, px."""
    return [grown(face, points, *EYE) for points in EYES]


def brows(face: Face) -> list[np.ndarray]:
    """Outlines (N, 2) of both brows, px."""
    bands = [face.points[points] for points in BROWS]
    middles = [(band + band[::-1]) / 2 for band in bands]  # upper points face lower
    return [
        middle + BROW_HEIGHT * (band - middle)
        for band, middle in zip(bands, middles, strict=True)
    ]


def brow_points(face: Face) -> np.ndarray:
    """(20, 2) landmarks of both brows, px."""
    return face.points[[point for side in BROWS for point in side]]


def outline(face: Face, upwards: float, width: float = 1.0) -> np.ndarray:
    """(N, 2) oval of the face in px, widened by a factor across the face's own axis.

    Above the brows it is stretched along it, since the landmarks end on the forehead.
    """
    oval = grown(face, OVAL, width, 1)
    above = np.maximum((oval - brow_points(face).mean(0)) @ face.up, 0)
    return oval + (upwards - 1) * above[:, None] * face.up


def grown(face: Face, points: Sequence[int], width: float, height: float) -> np.ndarray:
    """(N, 2) outline in px, grown by these factors along the face's own axes."""
    ring, up, across = face.points[list(points)], face.up, face.across
    from_centre = ring - ring.mean(0)
    taller = (height - 1) * (from_centre @ up)[:, None] * up
    return ring + taller + (width - 1) * (from_centre @ across)[:, None] * across


def fill(shape: tuple[int, int], polygons: Sequence[np.ndarray]) -> np.ndarray:
    """(H, W) union of filled polygons (N, 2) in px, each pixel by its covered share.

    Drawn at four times the size, since cv2's own anti-aliasing thickens small shapes by
    more than a pixel.
    """
    mask = np.zeros(shape, np.float32)
    for polygon in polygons:
        left, top = np.clip(np.floor(polygon.min(0)).astype(int), 0, shape[::-1])
        right, bottom = np.clip(np.ceil(polygon.max(0)).astype(int), 0, shape[::-1])
        if left >= right or top >= bottom:
            continue
        height, width = int(bottom - top), int(right - left)
        large = np.zeros((height * FINER, width * FINER), np.uint8)
        # cv2 counts from the middle of the first pixel.
        corners = ((polygon - [left, top]) * FINER - 0.5) * 2**SUBPIXEL
        points = np.round(corners).astype(np.int32)
        cv2.fillPoly(large, [points], (255,), cv2.LINE_8, SUBPIXEL)
        part = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
        window = mask[top:bottom, left:right]
        np.maximum(window, part.astype(np.float32) / 255, out=window)
    return mask
