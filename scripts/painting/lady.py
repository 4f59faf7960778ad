"""A lady in white under a parasol, bust length, for the river bank."""

import cv2
import numpy as np

from painting import sitter
from painting.brushwork import Brush, Canvas
from painting.contours import draw_features
from painting.fields import Array, comb, drawing, grid, noise, polygon, smoothstep
from painting.head import FLESH, SKIN, head
from painting.layers import Scene, paint_layer

COLORS, POINTS = drawing("lady")

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
    close = Brush(3.6, 12, 0.6, CALM, wander=0.1, tolerance=0.1, threshold=0.16)
    plans = [
        ("parasol", Brush(13, 50, 0.5, CALM, wander=0.15), palette, 0.25),
        ("parasol", Brush(7, 38, 0.8, CALM, wander=0.2), palette, 0.35),
        ("dress", Brush(14, 60, 0.5, CALM, wander=0.25), palette, 0.25),
        ("dress", Brush(8, 44, 0.7, CALM, wander=0.3), palette, 0.35),
        ("dress", Brush(5, 30, 1.6, CALM, wander=0.35, load=0.9), palette, 0.4),
        ("neck", Brush(10, 30, 0.5, CALM, wander=0.2), FLESH, 0.3),
        ("neck", Brush(6, 22, 0.8, CALM, wander=0.2), FLESH, 0.3),
        ("hair", Brush(9, 44, 0.5, CALM, wander=0.12), None, 0),
        ("hair", Brush(5, 36, 0.8, CALM, wander=0.12), None, 0),
        ("skin", Brush(10, 28, 0.5, CALM, wander=0.2), FLESH, 0.3),
        ("skin", Brush(6, 20, 0.6, CALM, wander=0.2, tolerance=0.13), FLESH, 0.35),
        ("skin", close, FLESH, 0.3),
    ]
    for part, brush, pigments, purity in plans:
        paint_layer(canvas, scene, brush, rng, parts[part], pigments, purity)
    draw_features(canvas, rng, POSE)
