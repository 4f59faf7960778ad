"""A portrait before turquoise swirls, in the manner of Vincent van Gogh.

The sitter is Eileen Collins, from scikit-image's ``astronaut`` (NASA, public domain).
"""

import numpy as np

from painting import sitter
from painting.contours import draw_contours, draw_features
from painting.fields import (
    Array,
    comb,
    grid,
    mix,
    noise,
    polygon,
    ramp,
    smoothstep,
    swirl,
)
from painting.head import FLESH, SKIN, head
from painting.layers import Scene, paint_layer
from painting.sitter import SHAPE
from painting.strokes import Brush, Canvas

SWIRLS = [
    (0.08, 0.34, 0.56),
    (0.16, 0.52, 0.66),
    (0.36, 0.70, 0.74),
    (0.56, 0.82, 0.80),
    (0.78, 0.92, 0.84),
]
COAT = [
    (0.28, 0.11, 0.15),
    (0.56, 0.20, 0.12),
    (0.80, 0.36, 0.12),
    (0.93, 0.53, 0.18),
    (0.99, 0.72, 0.32),
]


def backdrop(rng: np.random.Generator) -> Scene:
    """Swirls of turquoise: noise combed along a sum of vortices."""
    x, y = grid(*SHAPE)
    turns = [
        (90, 120, 75, 1.6), (560, 90, 85, -1.6), (60, 420, 70, -1.5),
        (590, 380, 80, 1.6), (320, -10, 60, 1.0), (30, 640, 60, 1.2),
        (620, 600, 50, -1.2),
    ]  # fmt: skip
    angle = swirl(x, y, turns)
    streaks = comb(noise(SHAPE, 9, rng, 1), angle, 26)
    return Scene(ramp(np.clip(0.55 + 0.24 * streaks, 0, 1), SWIRLS), angle)


def dress(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Neck, shirt and coat, drawn freely below the chin; returns their parts."""
    x, y = grid(*SHAPE)
    neck = polygon(SHAPE, sitter.NECK, False)
    coat, shirt = (
        polygon(SHAPE, sitter.COAT_EDGE, False),
        polygon(SHAPE, sitter.SHIRT, False),
    )
    chin = smoothstep(-20, 95, 515 - y + 0.25 * (x - 310))  # its shadow on the neck
    shade = 0.66 - 0.42 * chin - 0.0010 * (x - 250)
    scene.color[neck] = ramp(np.clip(shade, 0, 1), SKIN)[neck]
    scene.angle[neck] = (0.25 * np.sin((x - 320) / 60))[neck]
    lean = np.where(x < 320, 1.05, -1.05) + 0.0022 * (320 - x)
    folds = comb(noise(SHAPE, 26, rng, 2), lean.astype(np.float32), 30)
    scene.color[coat] = ramp(np.clip(0.52 + 0.20 * folds, 0, 1), COAT)[coat]
    scene.angle[coat] = lean[coat]
    light = np.clip(0.6 + 0.3 * noise(SHAPE, (18, 50), rng, 2), 0, 1)
    linen = [(0.40, 0.56, 0.72), (0.74, 0.84, 0.84), (0.98, 0.96, 0.86)]
    scene.color[shirt] = ramp(light, linen)[shirt]
    scene.angle[shirt] = np.where(x < 320, 1.15, -1.15)[shirt]
    return {"neck": neck & ~shirt, "shirt": shirt, "coat": coat & ~shirt}


def paint(rng: np.random.Generator) -> Array:
    """The picture (768, 640, 3) in [0, 1]."""
    scene = backdrop(rng)
    parts = dress(scene, rng)
    parts |= head(scene, rng)
    face = parts["skin"] | parts["hair"]
    for name in ("neck", "shirt", "coat"):
        parts[name] &= ~face
    behind = ~(face | parts["neck"] | parts["shirt"] | parts["coat"])
    canvas = Canvas(
        mix(
            scene.color,
            np.float32((0.72, 0.55, 0.36)),
            np.full(SHAPE, 0.45, np.float32),
        )
    )
    lively = (0.015, 0.12, 0.045)
    calm = (0.010, 0.08, 0.03)
    skin, hair, coat = parts["skin"], parts["hair"], parts["coat"]
    under = [
        (behind, Brush(20, 130, 0.5, lively, wander=0.05), None),
        (behind, Brush(11, 110, 0.7, lively, wander=0.06), None),
        (coat, Brush(20, 90, 0.5, lively, wander=0.15), None),
        (coat, Brush(11, 70, 0.7, lively, wander=0.15), None),
        (parts["shirt"], Brush(12, 60, 0.5, calm, wander=0.2), None),
        (parts["neck"], Brush(12, 44, 0.5, calm, wander=0.15), FLESH),
        (parts["neck"], Brush(7, 36, 0.8, calm, wander=0.15), FLESH),
        (hair, Brush(12, 70, 0.5, lively, wander=0.1), None),
        (skin, Brush(14, 44, 0.45, calm, wander=0.15), FLESH),
        (skin, Brush(9, 36, 0.55, calm, wander=0.15, tolerance=0.14), FLESH),
    ]
    over = [
        (behind, Brush(9, 90, 3.0, lively, wander=0.06, load=0.9), None),
        (coat, Brush(9, 60, 3.0, lively, wander=0.15, load=0.9), None),
        (hair, Brush(6, 64, 0.9, lively, wander=0.08), None),
        (
            skin,
            Brush(6, 26, 0.7, calm, wander=0.12, tolerance=0.10, threshold=0.15),
            FLESH,
        ),
        (
            skin,
            Brush(3.4, 12, 0.6, calm, wander=0.1, tolerance=0.10, threshold=0.24),
            None,
        ),
    ]
    for part, brush, palette in under:
        paint_layer(canvas, scene, brush, rng, part, palette, 0.35)
    draw_contours(canvas, rng)
    for part, brush, palette in over:
        paint_layer(canvas, scene, brush, rng, part, palette, 0.35)
    draw_features(canvas, rng)
    return canvas.lit(1.0)
