"""Mouths that open: parted lips, teeth, tongue and the dark between."""

from __future__ import annotations

import numpy as np

from automask.masks.portrait.face_polygons import INNER_LIPS
from training.altered_square import Scene
from training.light import Array, Random, smooth_noise

LOWER_LIP = [95, 88, 178, 87, 14, 317, 402, 318, 324]  # of the inner lips' points
CORNERS, MIDDLES = [78, 308], [13, 14]
SMILE = 0.5  # how often the lips part for the teeth alone


def open_mouth(scene: Scene, rng: Random) -> None:
    """Part the lips, drop the chin, and show what lies between."""
    lips, height = scene.points[INNER_LIPS], scene.height
    middle, half = lips.mean(0), max(1.0, np.ptp(lips[:, 0]) / 2)
    centre, corners = (scene.points[p, 1].mean() for p in (MIDDLES, CORNERS))
    smile = rng.random() < SMILE
    drop = rng.uniform(*((0.015, 0.07) if smile else (0.05, 0.25))) * height
    reach = scene.points[152, 1] - centre + 0.5 * height
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)

    def fall(x: Array, y: Array) -> tuple[Array, Array, Array]:
        aside = np.clip(np.abs(x - middle[0]) / half, 0, 1)
        line = centre + (corners - centre) * aside**2
        narrow = (1 - aside**2) ** 0.7
        wide = np.exp(-(((x - middle[0]) / (2 * half)) ** 2))
        depth = np.clip(1 - np.maximum(y - line, 0) / reach, 0, 1)
        share = np.clip((y - line) / (0.45 * height), 0, 1)
        sinks = drop * depth * (narrow * (1 - share) + wide * share)
        return line, drop * narrow, sinks

    line, gap, amount = fall(x, y)
    hole = np.clip(np.minimum(y - line, line + gap - y) + 0.5, 0, 1) * np.clip(
        gap, 0, 1
    )
    back = np.where(y >= line + gap, y - amount, np.minimum(y, line))
    scene.move(x, back)
    below = scene.points[:, 1] > centre + 0.02 * height
    below[LOWER_LIP] = True
    at = scene.points[:, 1]
    upper = fall(scene.points[:, 0], at)[0]
    down = fall(scene.points[:, 0], np.maximum(at, upper))[2]
    scene.points[:, 1] += np.where(below, down, 0)
    fill_mouth(scene, hole, np.dstack([x - middle[0], y - line, gap]), half, smile, rng)
    scene.beard = scene.beard * (1 - hole)
    scene.features = scene.features * (1 - hole[..., None])
    scene.features[..., -1] += hole


def fill_mouth(
    scene: Scene, hole: Array, at: Array, half: float, smile: bool, rng: Random
) -> None:
    """Paint the dark of the mouth, tongue and teeth.

    Args:
        scene: Its colours change.
        hole: (S, S) share of the opening.
        at: (S, S, 3) cells beside the middle, below the upper lip; how far it opens.
        half: Of the opening's width, cells.
        smile: Whether the upper teeth fill most of it.
        rng: Of the choice.
    """
    aside, down, gap = np.moveaxis(at, 2, 0)
    bright = float(np.clip(1.6 * scene.skin_colour().max(), 0.35, 1))

    def paint(mask: Array, colour: Array) -> None:
        alpha = np.clip(hole * mask, 0, 1)[..., None]
        scene.rgb = scene.rgb * (1 - alpha) + np.clip(colour, 0, 1) * alpha

    paint(np.ones_like(hole), np.array([0.3, 0.1, 0.1]) * rng.uniform(0.1, 1.2))
    if rng.random() < 0.5:
        top = gap * rng.uniform(0.35, 0.75)
        tongue = down - top - 0.3 * gap * (aside / half) ** 2
        red = np.array([0.72, 0.36, 0.36]) * rng.uniform(0.5, 1.1) * bright
        soft = 1 + 0.1 * smooth_noise(rng, hole.shape, 2)[..., None]
        paint(np.clip(tongue + 0.5, 0, 1), red * soft)
    white = np.array([0.95, 0.92, 0.84]) * rng.uniform(0.65, 1.05) * bright
    round_ = (1 - 0.35 * np.clip(np.abs(aside) / half, 0, 1) ** 2)[..., None]
    if smile or rng.random() < 0.7:
        long = rng.uniform(0.6, 1.3) * np.minimum(gap, 0.075 * scene.height)
        paint(np.clip(long - down + 0.5, 0, 1), white * round_)
    if not smile and rng.random() < 0.35:
        low = rng.uniform(0.2, 0.7) * np.minimum(gap, 0.05 * scene.height)
        paint(np.clip(down - gap + low + 0.5, 0, 1), 0.85 * white * round_)
