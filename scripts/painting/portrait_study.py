"""A portrait before turquoise swirls, in the manner of Vincent van Gogh.

The sitter is Eileen Collins, from scikit-image's ``astronaut`` (NASA, public domain).
"""

import numpy as np

from painting import sitter
from painting.brushwork import Canvas
from painting.contours import draw_contours, draw_features
from painting.fields import (
    Array,
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
from painting.head import FLESH, SKIN, head
from painting.layers import Scene, paint_plan
from painting.sitter import SHAPE

COLORS, POINTS, PLANS = drawing("portrait")

JITTERS = {"lively": (0.015, 0.12, 0.045), "calm": (0.010, 0.08, 0.03)}


def backdrop(rng: np.random.Generator) -> Scene:
    """Swirls of turquoise: noise combed along a sum of vortices."""
    angle = swirl(*grid(*SHAPE), POINTS["turns"])
    streaks = comb(noise(SHAPE, 9, rng, 1), angle, 26)
    return Scene(ramp(0.55 + 0.24 * streaks, COLORS["swirls"]), angle)


def dress(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Neck, shirt and coat, drawn freely below the chin; returns their parts."""
    x, y = grid(*SHAPE)
    neck, coat, shirt = (
        polygon(SHAPE, outline, False)
        for outline in (
            sitter.POINTS["neck"],
            sitter.POINTS["coat_edge"],
            sitter.POINTS["shirt"],
        )
    )
    chin = smoothstep(-20, 95, 515 - y + 0.25 * (x - 310))  # its shadow on the neck
    shade = 0.66 - 0.42 * chin - 0.0010 * (x - 250)
    scene.lay(neck, shade, SKIN, 0.25 * np.sin((x - 320) / 60))
    lean = np.where(x < 320, 1.05, -1.05) + 0.0022 * (320 - x)
    folds = comb(noise(SHAPE, 26, rng, 2), lean.astype(np.float32), 30)
    scene.lay(coat, 0.52 + 0.20 * folds, COLORS["coat"], lean)
    light = 0.6 + 0.3 * noise(SHAPE, (18, 50), rng, 2)
    scene.lay(shirt, light, COLORS["linen"], np.where(x < 320, 1.15, -1.15))
    return {"neck": neck & ~shirt, "shirt": shirt, "coat": coat & ~shirt}


def paint(rng: np.random.Generator) -> Array:
    """The picture (768, 640, 3) in [0, 1]."""
    scene = backdrop(rng)
    parts = dress(scene, rng)
    parts |= head(scene, rng)
    skin, hair = parts["skin"], parts["hair"]
    neck, shirt, coat = (
        parts[name] & ~(skin | hair) for name in ("neck", "shirt", "coat")
    )
    behind = ~(skin | hair | neck | shirt | coat)
    canvas = Canvas(mix(scene.color, (0.72, 0.55, 0.36), 0.45))
    parts = {"neck": neck, "shirt": shirt, "coat": coat, "behind": behind}
    parts |= {"skin": skin, "hair": hair}
    given = parts, rng, JITTERS, {"flesh": FLESH}
    paint_plan(canvas, scene, PLANS["under"], *given)
    draw_contours(canvas, rng)
    paint_plan(canvas, scene, PLANS["over"], *given)
    draw_features(canvas, rng)
    return canvas.lit(1.0)
