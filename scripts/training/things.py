"""Alterations by what is put on or held, hangs before the face, and their choice."""

from __future__ import annotations

import cv2
import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import (
    BROWS,
    EYES,
    OVAL,
    fill,
    grown,
    outline,
)
from training.altered_square import Scene
from training.beards import beard, muffler, shadow
from training.light import Array, Random, smooth_noise, texture
from training.surfaces import bald, bare, behind, dress, recolour


def altered(scene: Scene, rng: Random, kind: str) -> None:
    """Some regions get other colours, some things are put on or held before."""
    bearded = kind == "beard"
    for chance, thing in (
        (0.5, lambda scene, rng: recolour(scene, "hair", 12, 8, rng)),
        (0.6, dress),
        (0.1, bare),
        (0.4, lambda scene, rng: recolour(scene, "skin", 10, 5, rng)),
        (0.65, behind),
        (0.4 if bearded else 0.0, shadow),
        (0.5 if bearded else 0.18, beard),
        (0.1 if bearded else 0.0, muffler),
        (0.08, bald),
        (0.15, hat),
        (0.15, glasses),
        (0.2, hand),
        (0.12, held),
        (0.1, strands),
        (0.1, locks),
    ):
        if rng.random() < chance:
            thing(scene, rng)


def hat(scene: Scene, rng: Random) -> None:
    """A cap, hat, hood or scarf over the hair; it counts as hair."""
    face, shape = Face(scene.points), scene.shape
    rows = np.arange(shape[0])[:, None] + np.zeros(shape)
    head = fill(shape, [outline(face, rng.uniform(1.5, 2.4), rng.uniform(1.15, 1.6))])
    brows = scene.points[[p for side in BROWS for p in side], 1].min()
    edge = brows - rng.uniform(0.02, 0.2) * scene.height
    slope = rng.normal(0, 0.1) * (np.arange(shape[1])[None] - scene.points[:, 0].mean())
    alpha = head * np.clip(edge + slope - rows, 0, 1)
    alpha = np.maximum(alpha, scene.share("hair") * (rows < edge))
    if rng.random() < 0.35:  # a scarf hides ears and neck, too
        inner = fill(shape, [outline(face, 1.15, rng.uniform(0.9, 1.05))])
        below = rows < scene.points[152, 1] + 0.25 * scene.height
        ring = fill(shape, [grown(face, OVAL, rng.uniform(1.4, 1.8), 1.4)])
        alpha = np.maximum(alpha, ring * (inner < 0.5) * below)
        alpha = np.maximum(alpha, scene.share("hair"))
    alpha = alpha * scene.inside
    shade = 1 - 0.5 * np.abs(np.linspace(-1, 1, shape[1]))[None, :, None] ** 2
    scene.cover(alpha, texture(rng, shape) * shade, "hair")
    scene.person = np.maximum(scene.person, alpha.astype(np.float32))


def glasses(scene: Scene, rng: Random) -> None:
    """Rims, and lenses from clear to black; the latter hide the eyes."""
    shape, height = scene.shape, scene.height
    lenses, rims = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    centres = [scene.points[ring].mean(0) for ring in EYES]
    half = rng.uniform(0.13, 0.18) * height, rng.uniform(0.08, 0.14) * height
    thick = max(1, round(rng.uniform(0.01, 0.035) * height))
    for x, y in centres:
        centre, axes = (round(x), round(y + 0.02 * height)), tuple(map(round, half))
        cv2.ellipse(lenses, centre, axes, 0, 0, 360, (255,), -1)
        cv2.ellipse(rims, centre, axes, 0, 0, 360, (255,), thick, cv2.LINE_AA)
    (x0, y0), (x1, y1) = (np.round(c).astype(int).tolist() for c in centres)
    cv2.line(rims, (x0, y0), (x1, y1), (255,), thick, cv2.LINE_AA)
    rims[(lenses > 0) & (cv2.erode(lenses, np.ones((2 * thick + 1,) * 2)) > 0)] = 0
    tone = rng.uniform(0, 1, 3) ** 2.5
    if rng.random() < 0.35:
        scene.cover(lenses / 255 * rng.uniform(0.8, 1), tone * 0.3, "other")
    elif rng.random() < 0.5:
        glare = smooth_noise(rng, shape, 8) > 1
        scene.cover(lenses / 255 * (0.1 + 0.4 * glare), np.full(3, 0.9), None)
    scene.cover(rims / 255.0, tone, "other")


def hand(scene: Scene, rng: Random) -> None:
    """A palm and fingers of the face's own colour, anywhere; skin of no feature."""
    shape, height = scene.shape, scene.height
    mask = np.zeros(shape, np.uint8)
    x, y = rng.normal(scene.points.mean(0), (0.5 * height, 0.5 * height))
    turn = rng.uniform(0, 2 * np.pi)
    width = rng.uniform(0.06, 0.1) * height
    axes = round(2.2 * width), round(2.6 * width)
    cv2.ellipse(mask, (round(x), round(y)), axes, np.degrees(turn), 0, 360, (255,), -1)
    for i in range(int(rng.integers(2, 5))):
        angle = turn + 0.28 * (i - 1.5)
        tip = np.array([x, y]) + 6 * width * np.array([np.cos(angle), np.sin(angle)])
        end = tuple(np.round(tip).astype(int).tolist())
        cv2.line(mask, (round(x), round(y)), end, (255,), max(1, round(width)))
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.5)
    shade = 1 + 0.12 * smooth_noise(rng, shape, 0.1 * height)[..., None]
    edge = cv2.GaussianBlur(alpha, (0, 0), 0.03 * height)[..., None]
    tone = scene.skin_colour() * np.exp(rng.normal(0, 0.08, 3)) * shade
    scene.cover(alpha, tone * (0.6 + 0.4 * edge), "skin")
    scene.person = np.maximum(scene.person, alpha)


def held(scene: Scene, rng: Random) -> None:
    """Some object before the person; neither skin nor hair nor clothes."""
    shape, height = scene.shape, scene.height
    middle = rng.normal(scene.points.mean(0), 0.6 * height)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    radii = rng.uniform(0.05, 0.3, 7) * height
    ring = middle + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    alpha = fill(shape, [ring.astype(np.float32)])
    scene.cover(alpha, texture(rng, shape), "other")
    if rng.random() < 0.5:
        scene.person = scene.person * (1 - alpha)


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
    ragged = 0.02 * height * smooth_noise(rng, shape, 3)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    mask = cv2.remap(mask, x + ragged.astype(np.float32), y, cv2.INTER_LINEAR)
    streaks = rng.normal(0, 1, shape)
    streaks = cv2.GaussianBlur(streaks, (0, 0), 0.6, sigmaY=rng.uniform(2, 8))
    streaks *= 0.25 / max(float(streaks.std()), 1e-6)
    scene.cover(mask, tone * (1 + streaks[..., None]), "hair")
    scene.person = np.maximum(scene.person, mask)
