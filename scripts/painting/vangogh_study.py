"""Wheat and a cypress under a swirling night sky, in the manner of Vincent van Gogh."""

import numpy as np

from painting.brushwork import Canvas
from painting.fields import (
    Array,
    blend_angles,
    comb,
    drawing,
    grid,
    mix,
    noise,
    polygon,
    ramp,
    smoothstep,
    swirl,
)
from painting.layers import Scene, paint_plan
from painting.plants import bush, foliage

COLORS, POINTS, PLANS = drawing("vangogh")

SHAPE = 608, 768
MOON = (176.0, 176.0, 62.0)


def sky(rng: np.random.Generator) -> Scene:
    """Streams of blue that roll into vortices, with glowing stars and a moon."""
    x, y = grid(*SHAPE)
    angle = swirl(x, y, POINTS["turns"]) + 0.15 * noise(SHAPE, 200, rng, 1)
    streaks = comb(noise(SHAPE, 11, rng, 1), angle, 30)
    bands = comb(noise(SHAPE, 60, rng, 1), angle, 30)
    glow = smoothstep(200, 400, y)
    tone = 0.34 + 0.15 * streaks + 0.12 * bands + 0.16 * glow
    color = ramp(np.minimum(tone, 0.95), COLORS["night"])
    halo = np.concatenate([COLORS["night"][3:], COLORS["gold"][1:2]])
    for cx, cy, radius in [*POINTS["stars"].tolist(), MOON]:
        dx, dy = x - cx, y - cy
        away = np.hypot(dx, dy) / radius
        near = smoothstep(1.9, 0.9, away)
        angle = blend_angles(angle, np.arctan2(dy, dx) + np.pi / 2, near)
        rings = 0.5 + 0.5 * np.cos(away * 9.0)
        glow = smoothstep(1.6, 0.6, away + 0.05 * streaks) * 0.9
        color = mix(color, ramp(0.5 - 0.35 * away + 0.45 * rings, halo), glow)
        color = mix(
            color, ramp(away / 0.5, COLORS["gold"][::-1]), smoothstep(0.5, 0.4, away)
        )
    cx, cy, radius = MOON
    crescent = np.hypot(x - cx - 13, y - cy + 6) < 0.40 * radius
    color[crescent & (np.hypot(x - cx, y - cy) < 0.46 * radius)] = (0.99, 0.93, 0.62)
    return Scene(color, angle.astype(np.float32))


def hills(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Two ridges before the sky; returns their part."""
    x, y = grid(*SHAPE)
    both = np.zeros(SHAPE, bool)
    for base, swing, length, phase, dark in (
        (372, 26, 120, 0.5, 0.30),
        (402, 16, 85, 2.2, 0.48),
    ):
        ridge = base - swing * np.sin(x / length + phase) - 6 * np.sin(x / 31)
        slope = np.arctan(-swing / length * np.cos(x / length + phase))
        slope = slope + 0.004 * (y - ridge)
        streaks = comb(noise(SHAPE, 14, rng, 1), slope.astype(np.float32), 20)
        scene.lay(y > ridge, dark + 0.16 * streaks, COLORS["hills"], slope)
        both |= y > ridge
    return both


def land(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Hills, bushes, wheat and the cypress; returns their parts."""
    x, y = grid(*SHAPE)
    far = hills(scene, rng)
    field = y > 438 + 10 * np.sin(x / 150 + 1)
    gust = noise(SHAPE, (150, 70), rng, 2)
    lean = (-1.25 + 0.30 * gust + 0.25 * np.sin(x / 70 + y / 45)).astype(np.float32)
    ears = comb(noise(SHAPE, 9, rng, 1), lean, 14)
    scene.lay(field, 0.55 + 0.20 * ears + 0.08 * gust, COLORS["wheat"], lean)
    bushes = np.zeros(SHAPE, bool)
    for place in POINTS["bushes"]:
        bushes |= foliage(scene, bush(*place, rng), rng, colors=COLORS["olive"])
    cypress = polygon(SHAPE, POINTS["flame"]) & (y + 6 * noise(SHAPE, 14, rng, 1) > 66)
    upward = -1.57 + 0.35 * np.sin(y / 34 + x / 40) + 0.25 * noise(SHAPE, 60, rng, 2)
    tongues = comb(noise(SHAPE, 10, rng, 1), upward.astype(np.float32), 22)
    scene.lay(
        cypress, 0.42 + 0.22 * tongues - 0.0015 * (x - 625), COLORS["cypress"], upward
    )
    field &= ~(bushes | cypress)
    bushes &= ~cypress
    far &= ~(field | bushes | cypress)
    return {"hills": far, "field": field, "bushes": bushes, "cypress": cypress}


def paint(rng: np.random.Generator) -> Array:
    """The picture (608, 768, 3) in [0, 1]."""
    scene = sky(rng)
    parts = land(scene, rng)
    parts["air"] = ~np.logical_or.reduce(list(parts.values()))
    canvas = Canvas(mix(scene.color, (0.55, 0.44, 0.30), 0.5))
    jitters = {"lively": (0.015, 0.14, 0.045)}
    paint_plan(canvas, scene, PLANS["plan"], parts, rng, jitters, {})
    return canvas.lit(1.15)
