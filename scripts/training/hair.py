"""Alterations of the hair: dyed, grey, cropped, shaved, grown; what hangs about."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import OVAL, fill, outline
from training.altered_square import Scene
from training.light import Array, Random, smooth_noise

# L*a*b*: black, brown, red, ginger, blond, ash blond, grey, white
DYES = [(10, 0, 1), (25, 6, 9), (35, 24, 22), (48, 22, 32), (68, 4, 28), (60, 2, 14)]
DYES += [(58, 0, 1), (82, 0, 3)]


def dyed(scene: Scene, rng: Random) -> None:
    """Hair of another natural colour, with lighter and darker strands."""
    alpha = scene.share("hair")
    if alpha.max() < 0.5:
        return
    lab = cv2.cvtColor(np.clip(scene.rgb, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)
    mean = lab[alpha > 0.5].mean(0)
    new = np.array(DYES[rng.integers(len(DYES))]) + rng.normal(0, (6, 3, 4))
    contrast = np.clip((new[0] + 12) / (mean[0] + 12), 0.4, 2.5) * rng.uniform(0.7, 1.2)
    lab = new + (lab - mean) * [contrast, 0.8, 0.8]
    lab[..., 0] += rng.uniform(0, 0.12) * (new[0] + 8) * fibres(scene, rng)
    if rng.random() < 0.25:  # grey ones among them, in streaks or at the temples
        grey = smooth_noise(rng, scene.shape, 3) + fibres(scene, rng)
        grey = np.clip(0.5 + 0.5 * grey, 0, 1)[..., None] * rng.uniform(0.2, 0.9)
        lab = lab + (np.array([rng.uniform(55, 85), 0, 1]) - lab) * grey
    lab = np.clip(lab, (0, -90, -90), (100, 90, 90)).astype(np.float32)
    scene.cover(alpha, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), None)


def fibres(scene: Scene, rng: Random) -> Array:
    """(S, S) of mean 0 and deviation 1: strands, or curls."""
    if rng.random() < 0.4:
        return smooth_noise(rng, scene.shape, rng.uniform(0.6, 2.2))
    noise = rng.normal(0, 1, scene.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.5, sigmaY=rng.uniform(1.5, 7))
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    bend = rng.uniform(0, 3) * smooth_noise(rng, scene.shape, 6)
    noise = cv2.remap(noise, x + bend, y, cv2.INTER_LINEAR)
    return (noise - noise.mean()) / max(float(noise.std()), 1e-6)


def short(scene: Scene, rng: Random) -> None:
    """Hair cropped to a dark scalp, which counts as hair, or shaved, which is skin."""
    face, shape = Face(scene.points), scene.shape
    cap = fill(shape, [outline(face, rng.uniform(1.45, 1.9), rng.uniform(1.05, 1.2))])
    hair = scene.share("hair")
    if hair.mean() < 0.02:
        return
    rows = np.arange(shape[0])[:, None] < scene.points[OVAL, 1].mean()
    scalp, gone = hair * cap * rows, hair * (1 - cap * rows)
    rim = cv2.dilate(gone, np.ones((3, 3), np.uint8)) * (
        hair + scene.share("background")
    )
    gone = np.maximum(gone, rim * (1 - scalp))
    scene.cover(gone, surroundings(scene), "background")
    scene.person = scene.person * (1 - gone)
    skin, tone = scene.skin_colour(), hair_tone(scene, rng)
    shade = dome(scene, rng)
    if rng.random() < 0.5:
        noise = 1 + 0.04 * smooth_noise(rng, shape, 0.15 * scene.height)[..., None]
        stubble = rng.uniform(0, 0.18) * (rng.random() < 0.6)
        colour = (skin * (1 - stubble) + 0.5 * tone * stubble) * noise * shade
        return scene.cover(scalp, colour, "skin")
    thick = np.clip(rng.uniform(0.5, 0.95) + 0.1 * fibres(scene, rng), 0.3, 1)
    dark = np.minimum(tone, 0.6 * skin)
    scene.cover(scalp, (skin + (dark - skin) * thick[..., None]) * shade, "hair")


def dome(scene: Scene, rng: Random) -> Array:
    """(S, S, 1) light on a round head, about 1."""
    top = scene.points[10] - [0, rng.uniform(0, 0.35) * scene.height]
    top = top + rng.normal(0, 0.2 * scene.height, 2)
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
    away = np.hypot(x - top[0], y - top[1]) / scene.height
    return (1 + rng.uniform(0, 0.35) * (np.exp(-8 * away**2) - 0.4))[..., None]


def surroundings(scene: Scene) -> Array:
    """(S, S, 3) the background, continued smoothly behind the person."""
    back = (scene.share("background") > 0.98) * scene.inside
    back = cv2.erode(np.float32(back), np.ones((3, 3), np.uint8))[..., None]
    planes = np.dstack([scene.rgb * back, back])
    mean = planes.mean((0, 1)) / max(float(back.mean()), 1e-6)  # where all is hair
    sums = [cv2.GaussianBlur(planes, (0, 0), sigma) + 1e-3 * mean for sigma in (3, 20)]
    near, far = (each[..., :3] / np.maximum(each[..., 3:], 1e-6) for each in sums)
    known = np.clip(4 * sums[0][..., 3:], 0, 1)
    return near * known + far * (1 - known)


def big(scene: Scene, rng: Random) -> None:
    """A mass of hair about the head: curls, an afro, a fringe down to the brows."""
    face, shape = Face(scene.points), scene.shape
    wide, tall = rng.uniform(1.15, 2.0), rng.uniform(1.4, 2.6)
    fringe = rng.uniform(0.1, 0.6) if rng.random() < 0.4 else rng.uniform(0.9, 1.3)
    outer = fill(shape, [outline(face, tall, wide)])
    inner = fill(shape, [outline(face, fringe, rng.uniform(0.9, 1.05))])
    low = scene.points[152, 1] + rng.uniform(-0.9, 0.6) * scene.height
    rows = np.clip(low - np.arange(shape[0])[:, None], 0, 1)
    mask = ragged(np.clip(outer * rows - inner, 0, 1), scene, rng, 0.03)
    tone = hair_tone(scene, rng)
    strong = rng.uniform(0.1, 0.35)
    colour = tone * np.clip(1 + strong * fibres(scene, rng), 0.1, 2)[..., None]
    scene.cover(mask * scene.inside, colour * dome(scene, rng), "hair")
    scene.person = np.maximum(scene.person, mask * (rng.random() < 0.85))


def ragged(mask: Array, scene: Scene, rng: Random, size: float) -> Array:
    """A mask with an uneven border, by shares of the face's height."""
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    dx, dy = (
        size * scene.height * smooth_noise(rng, scene.shape, rng.uniform(1, 5))
        for _ in range(2)
    )
    return cv2.remap(np.float32(mask), x + dx, y + dy, cv2.INTER_LINEAR)


def strands(scene: Scene, rng: Random) -> None:
    """Locks of hair across the face."""
    shape, height = scene.shape, scene.height
    tone = hair_tone(scene, rng)
    mask = np.zeros(shape, np.uint8)
    start = scene.points[10] + rng.normal(0, 0.2 * height, 2)
    for _ in range(int(rng.integers(1, 5))):
        end = start + rng.normal((0, 0.45), (0.35, 0.2)) * height
        bend = (start + end) / 2 + rng.normal(0, 0.1, 2) * height
        t = np.linspace(0, 1, 12)[:, None]
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        thick = max(1, round(rng.uniform(0.01, 0.09) * height))
        line = [np.round(curve).astype(np.int32)]
        cv2.polylines(mask, line, False, (255,), thick, cv2.LINE_AA)
    noise = 1 + 0.3 * smooth_noise(rng, shape, 0.8)[..., None]
    scene.cover(mask / 255.0, tone * noise, "hair")


def hair_tone(scene: Scene, rng: Random) -> Array:
    """(3,) the sitter's own, or some dark colour."""
    tone = scene.tone("hair")
    return rng.uniform(0, 0.5, 3) if tone is None else tone


def locks(scene: Scene, rng: Random) -> None:
    """Long hair that falls beside the face over shoulders and chest."""
    shape, height = scene.shape, scene.height
    tone = hair_tone(scene, rng)
    left, right = scene.points[OVAL, 0].min(), scene.points[OVAL, 0].max()
    brow, chin = scene.points[10, 1], scene.points[152, 1]
    mask = np.zeros(shape, np.float32)
    for edge, side in ((left, -1), (right, 1)):
        if rng.random() < 0.2:
            continue
        inner = edge - side * rng.uniform(-0.02, 0.08) * height
        end = chin + rng.uniform(0, 1.1) * height
        wide, spread = rng.uniform(0.12, 0.4, 2) * height
        turn = rng.normal(0, 0.12) * height
        ring = [(inner, brow), (inner + side * wide, brow), (inner + side * wide, chin)]
        ring += [(inner + side * (wide + spread) + turn, end), (inner + turn, end)]
        mask = np.maximum(mask, fill(shape, [np.array(ring, np.float32)]))
    mask = ragged(mask, scene, rng, 0.02)
    streaks = 1 + rng.uniform(0.1, 0.4) * fibres(scene, rng)
    scene.cover(mask, tone * np.clip(streaks, 0.1, 2)[..., None], "hair")
    scene.person = np.maximum(scene.person, mask)
