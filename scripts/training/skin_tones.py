"""Alterations of the skin: other tones, with all that belongs to the face."""

from __future__ import annotations

import cv2
import numpy as np
from painting.fields import table

from automask.masks.portrait.face_net import FEATURE_CLASSES
from training.altered_square import Scene
from training.light import Array, Random, smooth_noise

# Skin as photographs show it, L* 88 to 12.
TONES = (
    table(
        "245,215,200 232,190,165 215,165,135 190,140,105 160,112,82 "
        "130,88,62 102,67,48 78,51,38 58,38,30 42,28,23"
    )
    / 255
)
DARK_FROM = 5  # of these; L* 41
DARK = 0.65  # how often a new tone is darker than that
GAMMA = 2.2
# Powers of the skin's change that the face's parts take: eyes and teeth hardly differ
# between persons; brows are dark on light skin, too.
SHARE = {"eyes": 0.1, "brows": 0.3, "lips": 0.9, "inner mouth": 0.15}
DARKER_BROWS = 0.75


def tanned(scene: Scene, rng: Random) -> None:
    """The face and all skin in another tone, light or very dark.

    The reflectance changes, so light and shade stay as ratios; what shines on the
    skin is reflected at its surface and stays as bright as it was.
    """
    if scene.share("skin").max() < 0.5:
        return
    alpha = cv2.dilate(scene.share("skin"), np.ones((3, 3), np.uint8))  # no pale rim
    light = np.clip(scene.rgb, 0, 1) ** GAMMA
    own = np.maximum(scene.skin_colour(), 0.04) ** GAMMA
    new = skin_tone(rng) ** GAMMA
    ratio = new / own * np.exp(rng.normal(0.15, 0.25))  # cameras expose for the face
    log = np.log(np.clip(ratio, 0.03, 12))
    power = alpha * takes(scene, float(log.mean()) < 0, rng)
    changed = light * np.exp(power[..., None] * log)
    lost = np.clip(1 - float(np.exp(log).mean()), 0, 1) * rng.uniform(0, 0.6)
    white = own / own.mean() + 2 * np.ones(3)  # the light, by what the skin returns
    changed += (lost * alpha * shine(light, scene.height))[..., None] * white / 3
    scene.rgb = np.clip(changed, 0, 1).astype(np.float32) ** (1 / GAMMA)


def skin_tone(rng: Random) -> Array:
    """(3,) somewhere between light and dark, a little redder or paler."""
    last = len(TONES) - 1
    dark = rng.random() < DARK
    place = rng.uniform(DARK_FROM, last) if dark else rng.uniform(0, DARK_FROM)
    step = min(int(place), last - 1)
    tone = TONES[step] + (place - step) * (TONES[step + 1] - TONES[step])
    warm = np.array([1, 0, -1]) * rng.normal(0, 0.07)
    return np.clip(tone * np.exp(warm + rng.normal(0, 0.04, 3)), 0.02, 1)


def takes(scene: Scene, darker: bool, rng: Random) -> Array:
    """(S, S) power of the change that each cell of the skin takes."""
    power = np.ones(scene.shape, np.float32)
    shares = SHARE | ({"brows": DARKER_BROWS} if darker else {})
    for name, share in shares.items():
        part = scene.features[..., FEATURE_CLASSES.index(name)]
        power -= part * (1 - share * rng.uniform(0.8, 1.1))
    uneven = 1 + rng.uniform(0, 0.06) * smooth_noise(rng, scene.shape, 4)
    return (power - scene.beard * 0.7).clip(0, 1.2) * uneven


def shine(light: Array, height: float) -> Array:
    """(S, S) what is brighter than its surroundings, of (S, S, 3) linear light."""
    grey = light.mean(2)
    around = cv2.GaussianBlur(grey, (0, 0), 0.12 * height)
    spots = np.maximum(grey - 1.05 * around, 0)
    return spots
