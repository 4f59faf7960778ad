"""A lady in white under a parasol, bust length, for the river bank."""

import cv2
import numpy as np

from painting import sitter
from painting.brushwork import Canvas
from painting.contours import draw_features
from painting.fields import Array, comb, drawing, grid, noise, polygon, smoothstep
from painting.head import FLESH, SKIN, head
from painting.layers import Scene, paint_plan

COLORS, POINTS, PLANS = drawing("lady")

POSE = sitter.Pose(1.55, (250 - 227 * 1.55, 52.0))
TIP = (243, -60)
AIR = np.array((1.0, 0.94, 0.88))  # daylight out of doors, where the head was dark
CALM = (0.012, 0.10, 0.03)


def shaded_head(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Put the painted head into the scene, reduced; returns skin and hair."""
    large = Scene(
        np.zeros((*sitter.SHAPE, 3), np.float32), np.zeros(sitter.SHAPE, np.float32)
    )
    parts = head(large, rng)
    scale = POSE.scale / sitter.PORTRAIT.scale
    shift = np.subtract(POSE.origin, np.multiply(sitter.PORTRAIT.origin, scale))
    matrix = sitter.Pose(scale, tuple(shift)).matrix

    def reduced(field: Array, how: int) -> Array:
        return cv2.warpAffine(field, matrix, scene.angle.shape[::-1], flags=how)

    color = reduced(large.color, cv2.INTER_AREA)
    angle = reduced(large.angle, cv2.INTER_NEAREST)
    for name, part in parts.items():
        small = reduced(part.astype(np.float32), cv2.INTER_LINEAR) > 0.5
        scene.color[small] = 0.94 * color[small] + 0.06 * AIR
        scene.angle[small] = angle[small]
        parts[name] = small
    return parts


def lady(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Put parasol, dress and head into the scene; returns their parts."""
    shape = scene.angle.shape
    x, y = grid(*shape)
    parasol, dress, neck = (
        polygon(shape, p, False)
        for p in (POINTS["parasol"], POINTS["dress"], POINTS["neck"])
    )
    panels = np.sin(np.arctan2(x - TIP[0], y - TIP[1] + 30) * 14)
    tone = 0.80 - 0.0012 * (x - 120) - 0.003 * (y - 40) + 0.10 * panels
    scene.lay(parasol, tone, COLORS["silk"], np.arctan2(y - TIP[1] + 30, x - TIP[0]))
    fall = (1.57 - 0.0042 * (x - 246) * smoothstep(360, 520, y)).astype(np.float32)
    folds = comb(noise(shape, 22, rng, 2), fall, 30)
    scene.lay(dress, 0.60 + 0.24 * folds - 0.0012 * (x - 200), COLORS["linen"], fall)
    shade = 0.74 - 0.4 * smoothstep(374, 300, y - 0.2 * (x - 246))
    scene.lay(neck, shade, SKIN, 0.1)
    parts = shaded_head(scene, rng)
    above = parts["skin"] | parts["hair"]
    neck &= ~above
    dress &= ~(neck | above)
    return parts | {"neck": neck, "dress": dress, "parasol": parasol & ~(above | dress)}


def paint_lady(
    canvas: Canvas, scene: Scene, parts: dict[str, np.ndarray], palette: Array, rng
) -> None:
    """Lay her strokes: loose on the dress, close on the face."""
    palettes = {"all": palette, "flesh": FLESH}
    paint_plan(canvas, scene, PLANS["plan"], parts, rng, {"calm": CALM}, palettes)
    draw_features(canvas, rng, POSE)
