"""Wheat and a cypress under a swirling night sky, in the manner of Vincent van Gogh."""

import numpy as np

from painting.brushwork import Brush, Canvas
from painting.fields import (
    Array,
    blend_angles,
    comb,
    grid,
    inks,
    mix,
    noise,
    polygon,
    ramp,
    smoothstep,
    swirl,
    table,
)
from painting.layers import Scene, paint_layer
from painting.plants import bush, foliage

SHAPE = 608, 768
NIGHT = inks("6,10,32 10,20,54 18,38,72 38,60,82 68,82,82 93,93,74")
GOLD = inks("93,93,74 99,86,34 97,70,16")
HILLS = inks("8,12,36 20,30,62 36,54,68 62,76,62")
WHEAT = inks("36,22,10 66,42,10 90,66,14 98,82,30 99,94,62")
CYPRESS = inks("4,8,14 6,20,20 16,34,20 36,46,20 58,44,20")
OLIVE = inks("6,14,28 12,32,38 32,54,46 62,76,52 86,90,66")
TURNS = table(
    "340,225,78,1.9 465,205,62,-1.9 120,330,60,-1.1 690,140,55,1.2 250,20,45,-0.7"
)
STARS = table(  # x, y and radius in px
    "64,70,30 190,44,22 300,120,26 420,48,30 520,150,22 560,40,20 720,60,32 724,210,26 "
    "70,238,24"
)
MOON = (176.0, 176.0, 62.0)
BUSHES = table("90,425,90,26 270,432,70,20 420,430,80,24 540,434,60,18 725,428,60,26")
FLAME = table(
    "560,620 556,500 572,420 580,330 598,250 606,170 622,100 630,62 640,110 652,180 "
    "668,260 680,340 700,430 704,520 700,620"
)
LIVELY = (0.015, 0.14, 0.045)


def sky(rng: np.random.Generator) -> Scene:
    """Streams of blue that roll into vortices, with glowing stars and a moon."""
    x, y = grid(*SHAPE)
    angle = swirl(x, y, TURNS) + 0.15 * noise(SHAPE, 200, rng, 1)
    streaks = comb(noise(SHAPE, 11, rng, 1), angle, 30)
    bands = comb(noise(SHAPE, 60, rng, 1), angle, 30)
    glow = smoothstep(200, 400, y)
    tone = 0.34 + 0.15 * streaks + 0.12 * bands + 0.16 * glow
    color = ramp(np.minimum(tone, 0.95), NIGHT)
    halo = np.concatenate([NIGHT[3:], GOLD[1:2]])
    for cx, cy, radius in [*STARS.tolist(), MOON]:
        dx, dy = x - cx, y - cy
        away = np.hypot(dx, dy) / radius
        near = smoothstep(1.9, 0.9, away)
        angle = blend_angles(angle, np.arctan2(dy, dx) + np.pi / 2, near)
        rings = 0.5 + 0.5 * np.cos(away * 9.0)
        glow = smoothstep(1.6, 0.6, away + 0.05 * streaks) * 0.9
        color = mix(color, ramp(0.5 - 0.35 * away + 0.45 * rings, halo), glow)
        color = mix(color, ramp(away / 0.5, GOLD[::-1]), smoothstep(0.5, 0.4, away))
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
        scene.lay(y > ridge, dark + 0.16 * streaks, HILLS, slope)
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
    scene.lay(field, 0.55 + 0.20 * ears + 0.08 * gust, WHEAT, lean)
    bushes = np.zeros(SHAPE, bool)
    for place in BUSHES:
        bushes |= foliage(scene, bush(*place, rng), rng, colors=OLIVE)
    cypress = polygon(SHAPE, FLAME) & (y + 6 * noise(SHAPE, 14, rng, 1) > 66)
    upward = -1.57 + 0.35 * np.sin(y / 34 + x / 40) + 0.25 * noise(SHAPE, 60, rng, 2)
    tongues = comb(noise(SHAPE, 10, rng, 1), upward.astype(np.float32), 22)
    scene.lay(cypress, 0.42 + 0.22 * tongues - 0.0015 * (x - 625), CYPRESS, upward)
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
    plans = [
        ("air", Brush(16, 80, 0.5, LIVELY, wander=0.05)),
        ("hills", Brush(14, 70, 0.5, LIVELY, wander=0.08)),
        ("hills", Brush(9, 60, 0.7, LIVELY, wander=0.08)),
        ("field", Brush(14, 60, 0.5, LIVELY, wander=0.2)),
        ("air", Brush(9, 62, 0.65, LIVELY, wander=0.06)),
        ("air", Brush(8, 50, 2.2, LIVELY, wander=0.06, load=1.0)),
        ("bushes", Brush(12, 30, 0.5, LIVELY, wander=0.2)),
        ("bushes", Brush(7, 26, 0.7, LIVELY, wander=0.25)),
        ("field", Brush(7, 46, 0.7, LIVELY, wander=0.25)),
        ("field", Brush(6, 40, 2.0, LIVELY, wander=0.3, load=1.0)),
        ("cypress", Brush(14, 80, 0.5, LIVELY, wander=0.1)),
        ("cypress", Brush(8, 70, 0.8, LIVELY, wander=0.12, load=0.9)),
    ]
    for part, brush in plans:
        paint_layer(canvas, scene, brush, rng, parts[part])
    return canvas.lit(1.15)
