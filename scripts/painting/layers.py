"""Layers of strokes that bring a canvas to a reference (Hertzmann 1998)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painting.brushwork import Brush, Canvas, extents, sample, trace
from painting.fields import Array, ramp, vectors


@dataclass(frozen=True)
class Scene:
    """What is to be painted: colours (H, W, 3) and directions in radians (H, W)."""

    color: Array
    angle: Array

    def lay(self, part: NDArray[np.bool_], tone, colors, angle=None) -> None:
        """Colour a part (H, W) by a tone (H, W) along stops; turn its strokes."""
        self.color[part] = ramp(tone, colors)[part]
        if angle is not None:
            self.angle[part] = np.broadcast_to(angle, part.shape)[part]


def jitter_colors(
    colors: Array, amount: tuple[float, float, float], rng: np.random.Generator
) -> Array:
    """Vary colours (M, 3) in hue, saturation and value, each a standard deviation."""
    hsv = cv2.cvtColor(colors[None].astype(np.float32), cv2.COLOR_RGB2HSV)[0]
    change = rng.standard_normal(colors.shape) * amount
    hsv[:, 0] = (hsv[:, 0] + 360 * change[:, 0]) % 360
    hsv[:, 1] = np.clip(hsv[:, 1] * (1 + change[:, 1]), 0, 1)
    hsv[:, 2] = np.clip(hsv[:, 2] + change[:, 2], 0, 1)
    return cv2.cvtColor(hsv[None].astype(np.float32), cv2.COLOR_HSV2RGB)[0]


def jittered_centres(
    shape: tuple[int, int], spacing: float, rng: np.random.Generator
) -> Array:
    """Points (M, 2) x, y on a jittered grid over (H, W), in random order."""
    height, width = shape
    y, x = np.mgrid[spacing / 2 : height : spacing, spacing / 2 : width : spacing]
    points = np.stack([x, y], -1).reshape(-1, 2)
    points = points + rng.uniform(-0.5, 0.5, points.shape) * spacing
    return rng.permutation(points).astype(np.float32)


def pigments(
    colors: Array, palette: Array, purity: float, rng: np.random.Generator
) -> Array:
    """Pull colours (M, 3) towards the nearest pigment of a palette (P, 3).

    A random offset before the choice makes neighbours pick different pigments
    around the same colour, so that they mix in the eye.
    """
    wanted = colors + rng.standard_normal(colors.shape) * 0.07
    return colors + purity * (nearest_pigments(wanted, palette) - colors)


def nearest_pigments(colors: Array, palette: Array) -> Array:
    """The pigment of a palette (P, 3) that is nearest to each colour (M, 3)."""
    return palette[((colors[:, None] - palette[None]) ** 2).sum(-1).argmin(1)]


def paint_layer(
    canvas: Canvas,
    scene: Scene,
    brush: Brush,
    rng: np.random.Generator,
    where: NDArray[np.bool_] | None = None,
    palette: Array | None = None,
    purity: float = 0.5,
) -> int:
    """Cover the canvas, or a part of it, with the strokes of one brush.

    Args:
        canvas: Painted on in place.
        scene: Colours and directions to follow.
        brush: The layer's brush.
        rng: The only source of randomness.
        where: (H, W) the part to paint; strokes end at its border.
        palette: (P, 3) pigments the colours are pulled to.
        purity: How far they are pulled, in [0, 1].

    Returns:
        Number of strokes laid.
    """
    reference = cv2.GaussianBlur(scene.color, (0, 0), max(0.5, brush.width / 6))
    centres = jittered_centres(
        scene.angle.shape, max(1.0, brush.spacing * brush.width), rng
    )
    if where is not None:
        centres = centres[sample(where, centres)]
    if brush.threshold > 0:
        error = np.abs(canvas.color() - reference).sum(-1)
        error = cv2.GaussianBlur(error, (0, 0), brush.width / 2)
        centres = centres[sample(error, centres) > brush.threshold]
    if not len(centres):
        return 0
    colors = sample(reference, centres)
    turn = rng.normal(0, brush.wander, len(centres))
    paths = trace_turned(scene.angle, centres, turn, brush.length)
    good = np.abs(sample(reference, paths) - colors[:, None]).sum(-1) < (
        brush.tolerance * 3
    )
    if where is not None:
        good &= sample(where, paths)
    spans = extents(good)
    middle = paths.shape[1] // 2
    reach = np.rint(middle * rng.uniform(0.45, 1, (len(paths), 1))).astype(int)
    spans = np.clip(spans, middle - reach, middle + reach + 1)
    if palette is not None:
        colors = pigments(colors, palette, purity, rng)
    colors = jitter_colors(np.clip(colors, 0, 1), brush.jitter, rng)
    for path, color, (start, stop) in zip(paths, colors, spans, strict=True):
        if stop - start > 2:
            canvas.stroke(path[start:stop], color, brush, rng)
    return len(paths)


def paint_plan(
    canvas: Canvas,
    scene: Scene,
    plan: Sequence[Mapping[str, Any]],
    parts: Mapping[str, NDArray[np.bool_]],
    rng: np.random.Generator,
    jitters: Mapping[str, tuple[float, float, float]],
    palettes: Mapping[str, Array],
) -> None:
    """Lay the layers of a plan one after the other.

    Args:
        canvas: Painted on in place.
        scene: Colours and directions to follow.
        plan: Rows of tables.yaml: a part, its brush, and how the paint is mixed.
        parts: By the names of the plan's parts.
        rng: The only source of randomness.
        jitters: By name, how much a stroke's hue, saturation and value vary.
        palettes: By name, the pigments (P, 3) that colours are pulled to.
    """
    for row in plan:
        look = {k: row[k] for k in row if k not in ("part", "palette", "purity")}
        brush = Brush(**look | {"jitter": jitters[row["jitter"]]})
        mixed = palettes.get(row.get("palette", "")), row.get("purity", 0.5)
        paint_layer(canvas, scene, brush, rng, parts[row["part"]], *mixed)


def trace_turned(angle: Array, centres: Array, turn: Array, length: float) -> Array:
    """Traced paths, each rotated about its centre by its own turn in radians."""
    paths = trace(vectors(angle), centres, length)
    offset = paths - centres[:, None]
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x, y = offset[..., 0], offset[..., 1]
    rotated = np.stack([c * x - s * y, s * x + c * y], -1)
    return (centres[:, None] + rotated).astype(np.float32)
