"""Wheat and a cypress under a swirling night sky, in the manner of Vincent van Gogh."""

import numpy as np

from painting.fields import (
    Array,
    blend_angles,
    comb,
    grid,
    mix,
    noise,
    polygon,
    ramp,
    smoothstep,
    swirl,
)
from painting.layers import Scene, paint_layer
from painting.plants import bush, foliage
from painting.strokes import Brush, Canvas

HEIGHT, WIDTH = 608, 768
SHAPE = HEIGHT, WIDTH
NIGHT = [
    (0.06, 0.10, 0.32),
    (0.10, 0.20, 0.54),
    (0.18, 0.38, 0.72),
    (0.38, 0.60, 0.82),
    (0.68, 0.82, 0.82),
    (0.93, 0.93, 0.74),
]
WHEAT = [
    (0.36, 0.22, 0.10),
    (0.66, 0.42, 0.10),
    (0.90, 0.66, 0.14),
    (0.98, 0.82, 0.30),
    (0.99, 0.94, 0.62),
]
CYPRESS = [
    (0.04, 0.08, 0.14),
    (0.06, 0.20, 0.20),
    (0.16, 0.34, 0.20),
    (0.36, 0.46, 0.20),
    (0.58, 0.44, 0.20),
]
OLIVE = [
    (0.06, 0.14, 0.28),
    (0.12, 0.32, 0.38),
    (0.32, 0.54, 0.46),
    (0.62, 0.76, 0.52),
    (0.86, 0.90, 0.66),
]
STARS = [
    (64, 70, 30), (190, 44, 22), (300, 120, 26), (420, 48, 30), (520, 150, 22),
    (560, 40, 20), (720, 60, 32), (724, 210, 26), (70, 238, 24),
]  # fmt: skip
MOON = (176, 176, 62)


def sky(rng: np.random.Generator) -> Scene:
    """Streams of blue that roll into vortices, with glowing stars and a moon."""
    x, y = grid(*SHAPE)
    turns = [
        (340, 225, 78, 1.9), (465, 205, 62, -1.9), (120, 330, 60, -1.1),
        (690, 140, 55, 1.2), (250, 20, 45, -0.7),
    ]  # fmt: skip
    angle = swirl(x, y, turns) + 0.15 * noise(SHAPE, 200, rng, 1)
    streaks = comb(noise(SHAPE, 11, rng, 1), angle, 30)
    bands = comb(noise(SHAPE, 60, rng, 1), angle, 30)
    glow = smoothstep(200, 400, y)
    tone = np.clip(0.34 + 0.15 * streaks + 0.12 * bands + 0.16 * glow, 0, 0.95)
    color = ramp(tone, NIGHT)
    gold = [(0.93, 0.93, 0.74), (0.99, 0.86, 0.34), (0.97, 0.70, 0.16)]
    for cx, cy, radius in [*STARS, MOON]:
        dx, dy = x - cx, y - cy
        reach = np.hypot(dx, dy) / radius
        ring = np.arctan2(dy, dx) + np.pi / 2
        near = smoothstep(1.9, 0.9, reach)
        angle = blend_angles(angle, ring, near)
        rings = 0.5 + 0.5 * np.cos(reach * 9.0)
        halo = ramp(
            np.clip(0.5 - 0.35 * reach + 0.45 * rings, 0, 1), NIGHT[3:] + gold[1:2]
        )
        color = mix(color, halo, smoothstep(1.6, 0.6, reach + 0.05 * streaks) * 0.9)
        color = mix(
            color,
            ramp(np.clip(reach / 0.5, 0, 1), gold[::-1]),
            smoothstep(0.5, 0.4, reach),
        )
    cx, cy, radius = MOON
    crescent = np.hypot(x - cx - 13, y - cy + 6) < 0.40 * radius
    color[crescent & (np.hypot(x - cx, y - cy) < 0.46 * radius)] = (0.99, 0.93, 0.62)
    return Scene(color, angle.astype(np.float32))


def land(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Hills, bushes, wheat and the cypress; returns their parts."""
    x, y = grid(*SHAPE)
    hills = np.zeros(SHAPE, bool)
    for base, swing, length, phase, dark in (
        (372, 26, 120, 0.5, 0.30),
        (402, 16, 85, 2.2, 0.48),
    ):
        ridge = base - swing * np.sin(x / length + phase) - 6 * np.sin(x / 31)
        slope = np.arctan(-swing / length * np.cos(x / length + phase)) + 0.004 * (
            y - ridge
        )
        part = y > ridge
        streaks = comb(noise(SHAPE, 14, rng, 1), slope.astype(np.float32), 20)
        tone = np.clip(dark + 0.16 * streaks, 0, 1)
        color = ramp(
            tone,
            [
                (0.08, 0.12, 0.36),
                (0.20, 0.30, 0.62),
                (0.36, 0.54, 0.68),
                (0.62, 0.76, 0.62),
            ],
        )
        scene.color[part], scene.angle[part] = color[part], slope[part]
        hills |= part
    field = y > 438 + 10 * np.sin(x / 150 + 1)
    gust = noise(SHAPE, (150, 70), rng, 2)
    lean = (-1.25 + 0.30 * gust + 0.25 * np.sin(x / 70 + y / 45)).astype(np.float32)
    ears = comb(noise(SHAPE, 9, rng, 1), lean, 14)
    scene.color[field] = ramp(np.clip(0.55 + 0.20 * ears + 0.08 * gust, 0, 1), WHEAT)[
        field
    ]
    scene.angle[field] = lean[field]
    bushes = np.zeros(SHAPE, bool)
    for cx, cy, rx, ry in (
        (90, 425, 90, 26),
        (270, 432, 70, 20),
        (420, 430, 80, 24),
        (540, 434, 60, 18),
        (725, 428, 60, 26),
    ):
        bushes |= foliage(scene, bush(cx, cy, rx, ry, rng), rng, colors=OLIVE)
    flame = [
        (560, 620),
        (556, 500),
        (572, 420),
        (580, 330),
        (598, 250),
        (606, 170),
        (622, 100),
        (630, 62),
        (640, 110),
        (652, 180),
        (668, 260),
        (680, 340),
        (700, 430),
        (704, 520),
        (700, 620),
    ]
    cypress = polygon(SHAPE, flame) & (y + 6 * noise(SHAPE, 14, rng, 1) > 66)
    upward = (
        -1.57 + 0.35 * np.sin(y / 34 + x / 40) + 0.25 * noise(SHAPE, 60, rng, 2)
    ).astype(np.float32)
    tongues = comb(noise(SHAPE, 10, rng, 1), upward, 22)
    scene.color[cypress] = ramp(
        np.clip(0.42 + 0.22 * tongues - 0.0015 * (x - 625), 0, 1), CYPRESS
    )[cypress]
    scene.angle[cypress] = upward[cypress]
    field &= ~(bushes | cypress)
    bushes &= ~cypress
    return {
        "hills": hills & ~(field | bushes | cypress),
        "field": field,
        "bushes": bushes,
        "cypress": cypress,
    }


def paint(rng: np.random.Generator) -> Array:
    """The picture (608, 768, 3) in [0, 1]."""
    scene = sky(rng)
    parts = land(scene, rng)
    air = ~np.logical_or.reduce(list(parts.values()))
    ground = np.full_like(scene.color, (0.55, 0.44, 0.30))
    canvas = Canvas(mix(scene.color, ground, np.full(SHAPE, 0.5, np.float32)))
    lively = (0.015, 0.14, 0.045)
    plans = [
        (air, Brush(16, 80, 0.5, lively, wander=0.05)),
        (parts["hills"], Brush(14, 70, 0.5, lively, wander=0.08)),
        (parts["hills"], Brush(9, 60, 0.7, lively, wander=0.08)),
        (parts["field"], Brush(14, 60, 0.5, lively, wander=0.2)),
        (air, Brush(9, 62, 0.65, lively, wander=0.06)),
        (air, Brush(8, 50, 2.2, lively, wander=0.06, load=1.0)),
        (parts["bushes"], Brush(12, 30, 0.5, lively, wander=0.2)),
        (parts["bushes"], Brush(7, 26, 0.7, lively, wander=0.25)),
        (parts["field"], Brush(7, 46, 0.7, lively, wander=0.25)),
        (parts["field"], Brush(6, 40, 2.0, lively, wander=0.3, load=1.0)),
        (parts["cypress"], Brush(14, 80, 0.5, lively, wander=0.1)),
        (parts["cypress"], Brush(8, 70, 0.8, lively, wander=0.12, load=0.9)),
    ]
    for part, brush in plans:
        paint_layer(canvas, scene, brush, rng, part)
    return canvas.lit(1.15)
