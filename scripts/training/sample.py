"""One altered sample of a labelled portrait, as a network sees it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from automask.masks.portrait.face_crop import (
    BEARD,
    CELLS,
    FEATURES,
    HEAD,
    Layout,
    Square,
    frame_of,
)
from automask.masks.portrait.face_features import (
    beard_cues,
    feature_cues,
    head_cues,
    lower_face,
)
from automask.masks.portrait.face_landmarks import Face
from training.altered_square import PLANES, Scene, by_plane
from training.light import Array, Random, oiled, relit, smooth_noise
from training.mouth import open_mouth
from training.pictures import Labelled
from training.things import altered

LAYOUTS = {"head": HEAD, "features": FEATURES, "beard": BEARD}
UNTOUCHED = 0.12  # share of samples where nothing is dyed, put on or held
CHAOS = {"head": (0.22, 0.08, 9.0)} | dict.fromkeys(
    ("features", "beard"), (0.12, 0.05, 7)
)
"""Deviation of log scale, of place (in sides), of turn (degrees)."""


def sample(
    picture: Labelled,
    kind: str,
    rng: Random,
    stuffs: Sequence[Array] = (),
    *,
    plain: bool = False,
) -> tuple[Array, Array, Array]:
    """(C, S, S) cues, (K, S, S) shares of the classes, (S, S) weights of the cells.

    The weight is 0 beyond the picture and where its labels leave the class open.

    Args:
        picture: Shrunk for this kind.
        kind: "head", "features" or "beard".
        rng: Of all alterations.
        stuffs: Pictures whose crops stand for walls, clothes and things.
        plain: Whether nothing is altered.
    """
    scene = cut(picture, LAYOUTS[kind], None if plain else CHAOS[kind], rng)
    scene.stuffs = stuffs
    if not plain:
        if rng.random() < 0.5:
            warp(scene, rng)
        if rng.random() < (0.4 if kind == "features" else 0.15):
            open_mouth(scene, rng)
        if rng.random() > UNTOUCHED:
            altered(scene, rng, kind)
        if rng.random() < (0.3 if kind == "beard" else 0.08):
            scene.rgb = oiled(np.clip(scene.rgb, 0, 1), rng)
        scene.rgb = relit(np.clip(scene.rgb, 0, 1), rng)
        mistake_person(scene, rng)
        jitter(scene, rng)
        if rng.random() < 0.5:
            mirror(scene)
    rgb = np.round(np.clip(scene.rgb, 0, 1) * 255).astype(np.uint8)
    square = Square(rgb, scene.person, scene.inside, scene.points)
    if kind == "head":
        cues = head_cues(square)
        shares = scene.regions
    elif kind == "features":
        cues = feature_cues(square)
        shares = scene.features
    else:
        cues = beard_cues(square)
        beard, scene.inside = lower_face(scene.beard), lower_face(scene.inside)
        shares = np.dstack([1 - beard, beard])
    weights = scene.inside * shares.sum(2).clip(0, 1)
    return cues, np.ascontiguousarray(shares.transpose(2, 0, 1)), weights


def cut(picture: Labelled, layout: Layout, chaos: tuple | None, rng: Random) -> Scene:
    """The square about the face, or one a little beside it."""
    frame = frame_of(picture.face, layout)
    matrix = frame.matrix.copy()
    height, width = picture.rgb.shape[:2]
    border = cv2.BORDER_REPLICATE
    inside = np.ones((height, width), np.float32)
    if chaos is not None:
        scale, place, turn = chaos
        angle = np.radians(rng.normal(0, turn))
        size = np.exp(rng.normal(0, scale))
        stretch = np.exp(rng.normal(0, 0.07))
        c, s = size * np.cos(angle), size * np.sin(angle)
        spin = np.array([[c, -s], [s, c]]) @ np.diag([stretch, 1 / stretch])
        middle = np.full(2, CELLS / 2)
        shift = rng.normal(0, place * CELLS, 2)
        matrix[:, 2] = spin @ (matrix[:, 2] - middle) + middle + shift
        matrix[:, :2] = spin @ matrix[:, :2]
        if rng.random() < 0.3 and "clothing" in picture.names:
            border = cv2.BORDER_REFLECT

    def take(planes: Array, edge: int) -> Array:
        size, linear = (CELLS, CELLS), cv2.INTER_LINEAR
        return by_plane(
            planes,
            lambda p: cv2.warpAffine(p, matrix, size, flags=linear, borderMode=edge),
        )

    person = picture.persons[0 if chaos is None else rng.integers(len(picture.persons))]
    zero = cv2.BORDER_CONSTANT if border == cv2.BORDER_REPLICATE else border
    classes = take(picture.classes, border)
    return Scene(
        rgb=take(picture.rgb, border).astype(np.float32) / 255,
        regions=classes[..., :5],
        features=classes[..., 5:11],
        beard=classes[..., 11],
        person=take(person, zero),
        inside=take(inside, zero),
        points=np.float32(picture.face.points @ matrix[:, :2].T + matrix[:, 2]),
    )


def warp(scene: Scene, rng: Random) -> None:
    """Bend the picture smoothly; landmarks follow."""
    shape = scene.shape
    strength = rng.uniform(0, 0.02) * scene.height
    dx, dy = (strength * smooth_noise(rng, shape, 12) for _ in range(2))
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    scene.move(x + dx, y + dy)
    at = np.clip(np.round(scene.points).astype(int), 0, CELLS - 1)
    shift = np.stack([dx[at[:, 1], at[:, 0]], dy[at[:, 1], at[:, 0]]], 1)
    scene.points = (scene.points - shift).astype(np.float32)


def mistake_person(scene: Scene, rng: Random) -> None:
    """The errors that a person's mask may have: rims, holes, walls."""
    person = scene.person
    if rng.random() < 0.45:
        soft = cv2.GaussianBlur(person, (0, 0), rng.uniform(0.3, 3))
        steep = (soft - rng.uniform(0.25, 0.75)) * rng.uniform(1, 4)
        person = np.clip(steep + 0.5, 0, 1)
    if rng.random() < 0.3:
        blob = smooth_noise(rng, scene.shape, rng.uniform(4, 14)) > rng.uniform(1, 2.2)
        blob = cv2.GaussianBlur(blob.astype(np.float32), (0, 0), 1)
        person = np.maximum(person, blob) if rng.random() < 0.4 else person * (1 - blob)
    if rng.random() < 0.03:
        person = np.ones_like(person)
    scene.person = (person * (scene.inside > 0)).astype(np.float32)


def jitter(scene: Scene, rng: Random) -> None:
    """Landmarks are off, together and one by one, as on hard pictures."""
    face = Face(scene.points)
    size = 0.012 * scene.height * rng.exponential(1)
    field = [size * smooth_noise(rng, scene.shape, 10) for _ in range(2)]
    at = np.clip(np.round(face.points).astype(int), 0, CELLS - 1)
    near = np.stack([plane[at[:, 1], at[:, 0]] for plane in field], 1)
    whole = rng.normal(0, 0.008 * scene.height, 2)
    grown = np.exp(rng.normal(0, 0.02, 2))
    middle = face.points.mean(0)
    points = middle + (face.points - middle) * grown + whole + near
    scene.points = points.astype(np.float32)


def mirror(scene: Scene) -> None:
    """Left and right change places."""
    for name in PLANES:
        setattr(scene, name, np.ascontiguousarray(getattr(scene, name)[:, ::-1]))
    scene.points = np.stack([CELLS - 1 - scene.points[:, 0], scene.points[:, 1]], 1)
