"""Alterations of the lower face: beards and moustaches, and what is none."""

from __future__ import annotations

import cv2
import numpy as np
from painting.fields import inks

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import LIPS, OVAL, fill, grown
from training.altered_square import Scene
from training.light import Array, Random, smooth_noise

CUTS = {  # how often: with beard on the cheeks, on the chin, with a moustache
    (True, True, True): 0.45,
    (True, True, False): 0.08,
    (False, False, True): 0.2,
    (False, True, True): 0.17,
    (False, True, False): 0.1,
}
# black, browns, red, blond, grey, white
TONES = inks("6,5,5 22,14,9 40,22,11 65,30,12 65,50,30 50,50,50 85,83,80")
STUBBLE = 0.15  # share that is too thin to count as a beard, but darkens the skin
UNLIKE_SKIN = 0.2  # difference of colour from the skin, in some channel, at least


def beard(scene: Scene, rng: Random) -> None:
    """Hair on jaw, chin or lip, which counts as skin; or stubble, which is no beard."""
    cuts = list(CUTS)
    chosen = cuts[rng.choice(len(cuts), p=list(CUTS.values()))]
    mask = cut(scene, *chosen, rng) * scene.inside
    thin = rng.random() < STUBBLE
    strength = rng.uniform(0.03, 0.2) if thin else rng.uniform(0.65, 1)
    patchy = np.clip(smooth_noise(rng, scene.shape, 1.5), 0, 2) * rng.uniform(0, 0.2)
    scene.cover(mask * strength * (1 - patchy), hairs(scene, rng), None)
    if not thin:
        scene.cover(mask, scene.rgb, "skin")  # what was there gives way
        scene.beard = scene.beard + mask
        scene.person = np.maximum(scene.person, mask)


def cut(scene: Scene, cheeks: bool, chin: bool, lip: bool, rng: Random) -> Array:
    """(S, S) in [0, 1]: where the hair grows, with ragged borders.

    Along the jaw up to the ears, on the chin, and on the upper lip.
    """
    aside, down = places(scene, rng)
    wide = np.ptp(scene.points[LIPS, 0]) / 2 / scene.height
    nose, end = depth(scene, 2), depth(scene, 152)
    grows = np.zeros(scene.shape, bool)
    if lip:
        reach = wide * rng.uniform(0.8, 1.4)
        droop = rng.uniform(0, 0.16) * np.clip(aside / reach, 0, 1) ** 2
        start = nose + rng.uniform(0.0, 0.035) + rng.uniform(-0.01, 0.05) * aside / wide
        grows |= (aside < reach) & (down > start) & (down < droop)
    if chin:
        long = rng.choice([0.02, 0.12, 0.3], p=[0.6, 0.25, 0.15]) * rng.uniform(0, 1.6)
        half = rng.uniform(0.18, 0.42) if cheeks else rng.uniform(0.06, 0.2)
        top = 0.02 if cheeks else rng.uniform(0.03, 0.1)
        middle, tall = (top + end + long) / 2, (end + long - top) / 2
        bulge = (aside / half) ** 2 + ((down - middle) / tall) ** 2 < 1
        grows |= bulge & (down > top)
    if cheeks:
        face = [grown(Face(scene.points), OVAL, *rng.uniform((1, 1), (1.08, 1.1)))]
        jaw = fill(scene.shape, face) > 0.5
        near, far = rng.uniform(-0.08, 0.1), rng.uniform(-0.45, 0.05)
        share = np.clip((aside - wide) / (0.42 - wide), 0, 1) ** rng.uniform(1, 4)
        grows |= jaw & (down > near + (far - near) * share) & (aside > 0.9 * wide)
        grows |= jaw & (down > 0.03)
    soft = cv2.GaussianBlur(grows.astype(np.float32), (0, 0), rng.uniform(0.4, 1.6))
    shown = 1 if rng.random() < 0.85 else rng.uniform(0.2, 1)  # of the lips
    return soft * (1 - shown * fill(scene.shape, [scene.points[LIPS]]))


def places(scene: Scene, rng: Random) -> tuple[Array, Array]:
    """(S, S) ragged distances aside of and below the lips, in heights of the face."""
    up = Face(scene.points).up
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    from_lips = np.dstack([x, y]) - scene.points[LIPS].mean(0)
    ragged = [
        0.012 * smooth_noise(rng, scene.shape, 2.5)
        + 0.008 * smooth_noise(rng, scene.shape, 0.8)
        for _ in range(2)
    ]
    tilt = rng.normal(0, 0.01)
    aside = from_lips @ np.array([-up[1], up[0]]) / scene.height + tilt
    return np.abs(aside + ragged[0]), -from_lips @ up / scene.height + ragged[1]


def depth(scene: Scene, point: int) -> float:
    """How far below the lips a landmark lies, in heights of the face."""
    away = scene.points[point] - scene.points[LIPS].mean(0)
    return float(-away @ Face(scene.points).up / scene.height)


def hairs(scene: Scene, rng: Random) -> Array:
    """(S, S, 3) of hair in the light that falls on the face."""
    tone, skin = tone_of(scene, rng), scene.skin_colour()
    curls = lock(scene, rng) if rng.random() < 0.4 else strands(scene, rng)
    light = cv2.GaussianBlur(scene.rgb.mean(2), (0, 0), 0.04 * scene.height)
    shade = np.clip(light / max(float(skin.mean()), 0.05), 0.4, 1.5)
    colour = tone * curls * shade[..., None] ** rng.uniform(0, 1)
    if rng.random() < 0.25:  # grey ones among them
        grey = np.clip(smooth_noise(rng, scene.shape, 1), 0, 1)[..., None]
        colour = colour + (0.8 - colour) * grey * rng.uniform(0.3, 0.8)
    return colour


def tone_of(scene: Scene, rng: Random) -> Array:
    """(3,) a colour of hair that can be told from the skin."""
    own = scene.tone("hair")
    skin = tone = scene.skin_colour()
    while np.abs(tone - skin).max() < UNLIKE_SKIN:
        kind = rng.random()
        if kind < 0.45 and own is not None:
            tone = own * np.exp(rng.normal(0, 0.2, 3))
        elif kind < 0.85:
            tone = TONES[rng.integers(len(TONES))] * np.exp(rng.normal(0, 0.15, 3))
        else:  # as painters do
            tone = rng.uniform(0, 1, 3)
    return tone


def strands(scene: Scene, rng: Random) -> Array:
    """(S, S, 1) brightness of hairs that fan out from below the nose; about 1."""
    size = 128
    fine = rng.normal(0, 1, (size, size)).astype(np.float32)
    fine = cv2.GaussianBlur(fine, (0, 0), rng.uniform(0.5, 1.2))
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    x, y = x - scene.points[2, 0], y - scene.points[2, 1] + 0.1 * scene.height
    away, turn = np.hypot(x, y), np.arctan2(x, y)
    along = away / rng.uniform(3, 8)
    across = turn * 0.35 * scene.height / rng.uniform(0.7, 2) + size / 2
    bent = across + rng.uniform(0, 2) * smooth_noise(rng, scene.shape, 4)
    at = [np.float32(each % size) for each in (along, bent)]
    falls = cv2.remap(fine, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    contrast = rng.uniform(0.1, 0.5) / max(float(falls.std()), 1e-6)
    return np.clip(1 + contrast * falls, 0.2, 2)[..., None]


def lock(scene: Scene, rng: Random) -> Array:
    """(S, S, 3) the sitter's own hair, turned, mirrored at its borders; about 1."""
    sure = ((scene.share("hair") > 0.9) & (scene.inside > 0.9)).astype(np.uint8)
    room = cv2.distanceTransform(np.pad(sure, 1), cv2.DIST_C, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(room.argmax()), room.shape)
    half = int(room[y, x]) - 1
    if half < 4:
        return strands(scene, rng)
    patch = scene.rgb[y - half : y + half + 1, x - half : x + half + 1]
    patch = patch / np.maximum(patch.mean((0, 1)), 0.05)
    middle = (float(half), float(half))
    turn = cv2.getRotationMatrix2D(middle, rng.uniform(0, 360), rng.uniform(0.6, 1.6))
    turn[:, 2] += rng.uniform(30, 90, 2)
    size, reflect = scene.shape[::-1], cv2.BORDER_REFLECT
    tiled = cv2.warpAffine(patch.astype(np.float32), turn, size, borderMode=reflect)
    return np.clip(1 + rng.uniform(0.8, 1.8) * (tiled - 1), 0.2, 2.5)


def shadow(scene: Scene, rng: Random) -> None:
    """Shade or a flush on the lower face, which is no beard."""
    aside, down = places(scene, rng)
    edge, soft = rng.uniform(-0.2, 0.35), rng.uniform(0.02, 0.15)
    alpha = 1 / (1 + np.exp((edge - down) / soft))
    kind = rng.random()
    if kind < 0.4:  # below the nose or the lips
        middle = rng.uniform(depth(scene, 2), 0.2)
        wide, tall = rng.uniform((0.03, 0.02), (0.2, 0.06))
        alpha = np.exp(-((aside / wide) ** 2) - ((down - middle) / tall) ** 2)
    elif kind < 0.7:  # on one cheek, or between them
        alpha = alpha * (smooth_noise(rng, scene.shape, 0.15 * scene.height) > 0)
        alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 4))
    tint = np.exp(rng.normal(-0.3, 0.3) + rng.normal(0, 0.12, 3))
    scene.cover(alpha * scene.share("skin"), scene.rgb * tint, None)


def muffler(scene: Scene, rng: Random) -> None:
    """Cloth about neck and chin, at times over the mouth."""
    aside, down = places(scene, rng)
    edge = depth(scene, 152) + rng.normal(0, 0.12) + rng.uniform(0, 0.4) * aside
    alpha = np.clip((down - edge) * scene.height, 0, 1) * scene.inside
    alpha = alpha * (scene.person > 0.3)
    folds = 1 + 0.3 * smooth_noise(rng, scene.shape, 2)[..., None]
    scene.cover(alpha, scene.stuff(rng) * folds, "clothing")
