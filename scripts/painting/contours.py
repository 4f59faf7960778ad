"""The dark lines of the portrait: contours, lids, brows, nose, mouth and seams."""

import numpy as np

from painting import sitter
from painting.brushwork import Brush, Canvas
from painting.fields import Array, spline
from painting.sitter import PORTRAIT, Pose

UMBER = np.array((0.28, 0.14, 0.14))
OUTLINE = np.array((0.07, 0.11, 0.30))


def outline(canvas: Canvas, points, width: float, rng, color=OUTLINE):
    """Draw a contour as a few loaded strokes, none of them quite straight."""
    curve = spline(points)
    brush = Brush(width, 60, load=0.7, streaks=0.06, dry=0.1, taper=0.9)
    pieces = max(1, round(len(curve) * 2 / 60))
    for piece in np.array_split(np.arange(len(curve)), pieces):
        stop = min(piece[-1] + 6, len(curve))
        path = curve[max(piece[0] - 5, 0) : stop] + rng.normal(0, width / 6, 2)
        shade = np.clip(color + rng.normal(0, 0.035, 3), 0, 1)
        canvas.stroke(path, shade, brush, rng)


def draw_contours(canvas: Canvas, rng: np.random.Generator) -> None:
    """Dark broken lines around head, jaw and coat, later partly painted over."""
    for seam in sitter.POINTS["seams"]:
        outline(canvas, seam, 8, rng)
    brown = np.array((0.42, 0.20, 0.20))
    for points, width, color in (
        (sitter.HEAD[:26], 6, np.array((0.16, 0.12, 0.24))),
        (sitter.JAW, 6, brown),
        (sitter.HEAD[24:29], 4, brown),
        (sitter.HEAD[[-3, -2, -1, 0]], 4, brown),
    ):
        outline(canvas, PORTRAIT.place(points), width, rng, color)


def draw_features(
    canvas: Canvas, rng: np.random.Generator, pose: Pose = PORTRAIT
) -> None:
    """The dark lines of lids, brows, nose and mouth, and the lights of the eyes."""
    size, teeth = pose.scale / PORTRAIT.scale, sitter.POINTS["teeth"]
    lines = [
        *((fold, 3.0, (0.70, 0.40, 0.28)) for fold in sitter.POINTS["folds"]),
        *((lid, 4.2, OUTLINE) for lid in sitter.POINTS["lids"]),
        *((lid, 2.2, UMBER + 0.1) for lid in sitter.POINTS["lower_lids"]),
        (sitter.POINTS["bridge"], 3.4, (0.80, 0.56, 0.36)),
        *((line, 3.0, UMBER + (0.26, 0.10, 0.03)) for line in sitter.POINTS["nose"]),
        *((line, 3.4, (0.74, 0.42, 0.28)) for line in sitter.POINTS["creases"]),
        (np.concatenate([teeth, teeth[:1]]), 2.4, (0.46, 0.12, 0.14)),
    ]
    for points, width, color in lines:
        outline(canvas, pose.place(points), width * size, rng, np.array(color))
    for brow, outward in zip(sitter.POINTS["brows"], (-1, 1), strict=True):
        draw_brow(canvas, pose.place(brow), size, outward, rng)
    for iris in sitter.IRISES:
        spark = pose.place(iris) + np.array((-2.6, -3.0)) * size
        path = spark + np.linspace(-1.2, 1.2, 4)[:, None] * (size, 0.3 * size)
        canvas.stroke(path, np.ones(3), Brush(2.6 * size, 3, dry=0), rng)


def draw_brow(
    canvas: Canvas, line: Array, size: float, outward: int, rng: np.random.Generator
) -> None:
    """A brow of short overlapping hairs that fan outwards."""
    curve = spline(line, step=2 * size)
    for index in np.linspace(1, len(curve) - 2, 22).astype(int):
        root = curve[index] + rng.normal(0, 1.4 * size, 2)
        along = curve[index + 1] - curve[index - 1]
        along = along / np.hypot(*along) * outward + (0, -0.25)
        path = root + np.linspace(-5, 6, 6)[:, None] * along * size
        color = UMBER + rng.uniform(0, 0.22) * np.array((1, 0.6, 0.3))
        canvas.stroke(path, color, Brush(3.2 * size, 10, taper=0.8), rng)
