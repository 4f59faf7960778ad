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
from training.hair import big, dyed, locks, short, strands
from training.light import Random, smooth_noise
from training.skin_tones import tanned
from training.surfaces import bare, behind, clothed, dress, recolour


def altered(scene: Scene, rng: Random, kind: str) -> None:
    """Some regions get other colours, some things are put on or held before."""
    bearded, head = kind == "beard", kind == "head"
    for chance, thing in (
        (0.7 if head else 0.0, clothed),
        (0.35, tanned),
        (0.2, lambda scene, rng: recolour(scene, "skin", 10, 5, rng)),
        (0.45, dyed),
        (0.2, lambda scene, rng: recolour(scene, "hair", 12, 8, rng)),
        (0.6, dress),
        (0.18, bare),
        (0.65, behind),
        (0.4 if bearded else 0.0, shadow),
        (0.5 if bearded else 0.18, beard),
        (0.1 if bearded else 0.0, muffler),
        (0.16 if head else 0.1, short),
        (0.15 if head else 0.05, big),
        (0.15, hat),
        (0.2, glasses),
        (0.15, hand),
        (0.12, arm),
        (0.12, held),
        (0.1, strands),
        (0.1 if head else 0.0, locks),
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
    scene.cover(alpha, scene.stuff(rng) * shade, "hair")
    scene.person = np.maximum(scene.person, alpha.astype(np.float32))


def glasses(scene: Scene, rng: Random) -> None:
    """Rims, and lenses from clear to black; the latter hide the eyes."""
    shape, height = scene.shape, scene.height
    half = rng.uniform((0.13, 0.08), (0.2, 0.15)) * height
    power = rng.choice([2, 3, 6])  # from round to square
    thick = rng.uniform(0.006, 0.035) * height
    ring = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([np.cos(ring), np.sin(ring)], 1)
    ring = np.sign(ring) * np.abs(ring) ** (2 / power) * half
    centres = [scene.points[eye].mean(0) + [0, 0.02 * height] for eye in EYES]
    rings = [np.float32(centre + ring) for centre in centres]
    lenses = fill(shape, rings)
    shut = [np.round(16 * each).astype(np.int32) for each in rings]
    rims, width = np.zeros(shape, np.uint8), max(1, round(thick))
    cv2.polylines(rims, shut, True, (255,), width, cv2.LINE_AA, 4)
    inner, outer = np.array([half[0], 0]), np.array([0.26 * height, 0])
    (left, right) = sorted(centres, key=lambda centre: centre[0])
    for one, two in (
        (left + inner, right - inner),
        (left - inner, left - outer),
        (right + inner, right + outer),
    ):
        ends = [tuple(np.round(16 * p).astype(int).tolist()) for p in (one, two)]
        cv2.line(rims, *ends, (255,), width, cv2.LINE_AA, 4)
    tone = rng.uniform(0, 1, 3) ** 2.5
    if rng.random() < 0.5:
        fade = np.linspace(0, rng.uniform(0, 1.5), shape[0])[:, None, None]
        glass = tone * 0.3 * (1 + fade)
        if rng.random() < 0.4:
            mirrored = cv2.GaussianBlur(scene.stuff(rng).astype(np.float32), (0, 0), 2)
            glass = glass + rng.uniform(0, 0.5) * mirrored
        scene.cover(lenses * rng.uniform(0.85, 1), glass, "other")
    elif rng.random() < 0.5:
        glare = smooth_noise(rng, shape, 8) > 1
        scene.cover(lenses * (0.1 + 0.4 * glare), np.full(3, 0.9), None)
    scene.cover(rims / 255.0, tone, "other")


def arm(scene: Scene, rng: Random) -> None:
    """A bare or sleeved arm from below or aside to somewhere at the head."""
    shape, height = scene.shape, scene.height
    end = rng.normal(scene.points.mean(0), (0.55 * height, 0.5 * height))
    turn = rng.uniform(-0.1, np.pi + 0.1)  # down, left to right
    ahead = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-ahead[1], ahead[0]])
    y, x = np.mgrid[: shape[0], : shape[1]]
    away = np.dstack([x, y]) - end
    along, across = away @ ahead / height, away @ side / height
    wide = rng.uniform(0.09, 0.16) * (1 + rng.uniform(0, 0.6) * np.clip(along, 0, 2))
    bend = rng.normal(0, 0.12) * along**2
    from_axis = np.hypot(across - bend, np.minimum(along, 0)) / wide
    alpha = np.clip((1 - from_axis) * wide * height + 0.5, 0, 1)
    lit = 1 + rng.uniform(-0.35, 0.35) * (across - bend) / wide
    lit = (lit - 0.3 * np.clip(from_axis, 0, 1) ** 3)[..., None]
    noise = 1 + 0.08 * smooth_noise(rng, shape, 0.1 * height)[..., None]
    tone = scene.skin_colour() * np.exp(rng.normal(-0.05, 0.12, 3))
    scene.cover(alpha, tone * lit * noise, "skin")
    if rng.random() < 0.5:
        cuff = np.clip((along - rng.uniform(0, 0.5)) * height, 0, 1)
        scene.cover(alpha * cuff, scene.stuff(rng) * lit, "clothing")
    scene.person = np.maximum(scene.person, alpha.astype(np.float32))


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
    scene.cover(alpha, scene.stuff(rng), "other")
    if rng.random() < 0.5:
        scene.person = scene.person * (1 - alpha)
