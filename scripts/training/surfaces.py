"""Alterations of what is there: other clothes and walls, bare chests."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.portrait.face_polygons import LIPS
from training.altered_square import Scene
from training.light import Array, Random, smooth_noise


def recolour(
    scene: Scene, name: str, lighter: float, tinted: float, rng: Random
) -> None:
    """Shift a region in L*a*b* and change its contrast."""
    alpha = scene.share(name)
    if alpha.max() < 0.5:
        return
    lab = cv2.cvtColor(scene.rgb.astype(np.float32), cv2.COLOR_RGB2LAB)
    mean = lab[alpha > 0.5].mean(0)
    shift = rng.normal(0, (lighter, tinted, tinted))
    lab = mean + shift + (lab - mean) * rng.uniform(0.6, 1.5, 3)
    lab = np.clip(lab, (0, -90, -90), (100, 90, 90)).astype(np.float32)
    scene.cover(alpha, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), None)


def dress(scene: Scene, rng: Random) -> None:
    """Other clothes: recoloured, of another stuff, or of the colour of skin or hair."""
    if rng.random() < 0.45:
        return recolour(scene, "clothing", 25, 18, rng)
    stuff = scene.stuff(rng)
    if rng.random() < 0.3:
        tone = scene.skin_colour() * np.exp(rng.normal(0, 0.15, 3))
        stuff = 0.75 * tone + 0.25 * stuff
    cloth, keep = scene.share("clothing"), rng.uniform(0, 0.8)
    stuff = stuff * (1 - keep + keep * np.clip(folds_of(scene, cloth, 1), 0.3, 2))
    scene.cover(cloth, stuff, None)


def clothed(scene: Scene, rng: Random) -> None:
    """Clothes below the mouth where the labels leave open what lies there."""
    left_open = (1 - scene.regions.sum(2)).clip(0, 1) * scene.inside * scene.person
    below = np.arange(scene.shape[0])[:, None] > scene.points[LIPS, 1].mean()
    shade = 1 + 0.15 * smooth_noise(rng, scene.shape, 4)[..., None]
    scene.cover(left_open * below, scene.stuff(rng) * shade, "clothing")


def folds_of(scene: Scene, cloth: Array, sigma: float) -> Array:
    """(S, S, 1) light on the cloth, blurred by ``sigma`` cells, about 1."""
    light = cv2.GaussianBlur(scene.rgb, (0, 0), sigma).mean(2, keepdims=True)
    chosen = light[cloth > 0.5]
    return light / max(float(chosen.mean()), 0.05) if len(chosen) else light * 0 + 1


def bare(scene: Scene, rng: Random) -> None:
    """Some or all clothes give way to shoulders and chest."""
    shape = scene.shape
    cloth = scene.share("clothing")
    if rng.random() < 0.5:
        cut = scene.points[152, 1] + rng.uniform(0.1, 0.8) * scene.height
        aside = (np.arange(shape[1]) - scene.points[152, 0]) / (0.5 * scene.height)
        sag = rng.uniform(0, 0.4) * np.cos(aside)
        cloth = cloth * (np.arange(shape[0])[:, None] < cut + sag * scene.height)
    shade = np.clip(folds_of(scene, cloth, 2), 0.6, 1.4) ** 0.5
    tone = scene.skin_colour() * np.exp(rng.normal(0, 0.08, 3))
    noise = 1 + 0.08 * smooth_noise(rng, shape, 0.15 * scene.height)[..., None]
    scene.cover(cloth, tone * shade * noise, "skin")


def behind(scene: Scene, rng: Random) -> None:
    """Another background: recoloured, of some stuff, or of the person's colours."""
    back = scene.share("background")
    if rng.random() < 0.3:
        return recolour(scene, "background", 25, 15, rng)
    stuff = scene.stuff(rng)
    if rng.random() < 0.25:
        tone = scene.tone(str(rng.choice(["hair", "skin", "clothing"])))
        if tone is not None:
            tone = tone * np.exp(rng.normal(0, 0.1, 3))
            stuff = 0.7 * tone + 0.3 * stuff
    stuff = cv2.GaussianBlur(stuff.astype(np.float32), (0, 0), rng.uniform(0.4, 4))
    scene.cover(back, stuff, None)
