"""One altered sample of a labelled scene."""

from __future__ import annotations

import cv2
import numpy as np

from training.light import Array, Random, oiled, relit
from training.scene_pictures import NONE, CutOut, LabelledScene, SceneData

PASTED = 0.25  # of the samples show something pasted
PAINTED = 0.35  # of them are a painted version, where there is one


def scene_sample(
    scene: LabelledScene,
    data: SceneData,
    shape: tuple[int, int],
    wild: float,
    rng: Random,
) -> tuple[Array, Array]:
    """(3, H, W) float32 RGB in [0, 1] and (H, W) int64 labels, NONE for nothing.

    Args:
        scene: The scene.
        data: Where things are taken from.
        shape: H and W.
        wild: Chance of strange light, colours and strokes; else they change little.
        rng: Of all alterations.
    """
    art = len(scene.versions) > 1 and rng.random() < PAINTED
    picture = scene.versions[rng.integers(1, len(scene.versions)) if art else 0]
    rgb, labels = window(picture, scene.labels, shape, rng)
    if data.cutouts and rng.random() < PASTED:
        cut = data.cutouts[rng.integers(len(data.cutouts))]
        for _ in range(rng.integers(1, 3)):
            rgb, labels = pasted(rgb, labels, cut, rng)
    rgb = rgb.astype(np.float32) / 255
    if rng.random() < wild:
        strange = (oiled, turned_colors, at_night, relit)
        rgb = strange[rng.choice(4, p=(0.2, 0.25, 0.15, 0.4))](rgb, rng)
    else:
        rgb = rgb * np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.1, 3))
    rgb = np.clip(rgb, 0, 1).astype(np.float32)
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)), labels.astype(np.int64)


def window(
    picture: Array, labels: Array, shape: tuple[int, int], rng: Random
) -> tuple[Array, Array]:
    """A part of the picture of that shape, now and then mirrored."""
    height, width = labels.shape
    share = 1.0 if rng.random() < 0.5 else rng.uniform(0.5, 1.0)
    ratio = np.clip(shape[1] / shape[0], width / height / 1.35, width / height * 1.35)
    wide = min(width, round(share * min(width, height * ratio)))
    tall = min(height, round(wide / ratio))
    x, y = rng.integers(width - wide + 1), rng.integers(height - tall + 1)
    size = shape[::-1]
    rgb = picture[y : y + tall, x : x + wide]
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    own = labels[y : y + tall, x : x + wide]
    own = cv2.resize(own, size, interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.5:
        rgb, own = rgb[:, ::-1], own[:, ::-1]
    return np.ascontiguousarray(rgb), np.ascontiguousarray(own)


def pasted(rgb: Array, labels: Array, cut: CutOut, rng: Random) -> tuple[Array, Array]:
    """A cut-out somewhere in the picture, rather below than above."""
    height, width = labels.shape
    side = rng.uniform(0.15, 0.8) * min(height, width)
    scale = side / max(cut.rgba.shape[:2])
    tall, wide = (max(4, round(s * scale)) for s in cut.rgba.shape[:2])
    small = cv2.resize(cut.rgba, (wide, tall), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = small[:, ::-1]
    x = int(rng.uniform(-0.2 * wide, width - 0.8 * wide))
    y = int((height - 0.9 * tall) * rng.uniform(0, 1) ** 0.6)
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(width, x + wide), min(height, y + tall)
    if x0 >= x1 or y0 >= y1:
        return rgb, labels
    part = small[y0 - y : y1 - y, x0 - x : x1 - x]
    alpha = part[..., 3:] / np.float32(255)
    rgb, labels = rgb.copy(), labels.copy()
    below = rgb[y0:y1, x0:x1]
    rgb[y0:y1, x0:x1] = (part[..., :3] * alpha + below * (1 - alpha)).round()
    own = labels[y0:y1, x0:x1]
    own[alpha[..., 0] > 0.5] = cut.row
    own[(alpha[..., 0] > 0.1) & (alpha[..., 0] <= 0.5)] = NONE
    return rgb, labels


def turned_colors(rgb: Array, rng: Random) -> Array:
    """All hues turned, or red, green and blue mixed anew, as painters do."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    angle = rng.uniform(-np.pi, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lab[..., 1:] = lab[..., 1:] @ turn * rng.uniform(0.5, 1.8) + rng.normal(0, 12, 2)
    lab = np.clip(lab, (0, -90, -90), (100, 90, 90)).astype(np.float32)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def at_night(rgb: Array, rng: Random) -> Array:
    """Dark and blue or brown, with what is light kept."""
    grey = rgb.mean(2, keepdims=True)
    tint = np.array([1, 1, rng.uniform(1, 2)]) if rng.random() < 0.6 else [1.4, 1, 0.6]
    dark = (0.4 * rgb + 0.6 * grey) * tint * rng.uniform(0.08, 0.4)
    light = np.clip((rgb - 0.75) * 4, 0, 1)
    return np.clip(dark + rng.uniform(0, 1) * light, 0, 1).astype(np.float32)
