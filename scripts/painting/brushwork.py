"""Strokes: traced along a direction field, split into bristles, laid on a canvas."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SHIFT = 4  # fractional bits of the coordinates handed to OpenCV


@dataclass(frozen=True)
class Brush:
    """How one layer's strokes look; sizes in px of the finished picture."""

    width: float
    length: float
    spacing: float = 0.6  # distance of stroke centres in brush widths
    jitter: tuple[float, float, float] = (0.02, 0.1, 0.06)  # hue, saturation, value
    streaks: float = 0.06  # value contrast between the bristles of one stroke
    tolerance: float = 0.22  # a stroke ends where the reference differs by more
    threshold: float = 0.0  # skip places already painted to within this error
    wander: float = 0.15  # standard deviation of the stroke's angle in radians
    load: float = 0.6  # thickness of the paint in [0, 1]
    dry: float = 0.25  # share of bristles that run dry early or skip
    taper: float = 0.4  # share of the width lost towards the ends

    def __post_init__(self):
        if self.width <= 0 or self.length <= 0 or self.spacing <= 0:
            raise ValueError(f"a brush needs positive width, length, spacing: {self}")


def sample(field: Array, points: Array) -> Array:
    """Values (..., C) of a field (H, W, C) at the pixels nearest to (..., 2) x, y."""
    height, width = field.shape[:2]
    column = np.clip(np.rint(points[..., 0]), 0, width - 1).astype(int)
    row = np.clip(np.rint(points[..., 1]), 0, height - 1).astype(int)
    return field[row, column]


def trace(flow: Array, centres: Array, length: float, step: float = 2.0) -> Array:
    """Paths through the centres that follow a field of undirected directions.

    Args:
        flow: (H, W, 2) unit vectors; a vector and its opposite mean the same.
        centres: (M, 2) x, y in px.
        length: Length of the paths in px.
        step: Distance of neighbouring points of a path in px.

    Returns:
        (M, 2 * K + 1, 2), the centre in the middle of each path.
    """
    steps = max(1, round(length / 2 / step))
    ahead = sample(flow, centres)
    halves = []
    for heading in (ahead, -ahead):
        point, points = centres, []
        for _ in range(steps):
            turn = sample(flow, point + step * heading)  # ahead, or curves widen
            turn = turn * np.where((turn * heading).sum(-1, keepdims=True) < 0, -1, 1)
            heading = 0.5 * heading + 0.5 * turn  # a brush has inertia
            heading = heading / (np.linalg.norm(heading, axis=-1, keepdims=True) + 1e-6)
            point = point + step * heading
            points.append(point)
        halves.append(np.stack(points, 1))
    return np.concatenate([halves[1][:, ::-1], centres[:, None], halves[0]], 1)


def extents(good: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First and last+1 point (M, 2) of the unbroken good run around each middle."""
    middle = good.shape[1] // 2
    ahead = np.logical_and.accumulate(good[:, middle + 1 :], 1).sum(1)
    behind = np.logical_and.accumulate(good[:, :middle][:, ::-1], 1).sum(1)
    return np.stack([middle - behind, middle + ahead + 1], 1)


def bristles(
    path: Array, brush: Brush, width: float, count: int, rng: np.random.Generator
) -> list[list[Array]]:
    """Polylines of the single bristles of one stroke.

    Args:
        path: (N, 2) x, y in px.
        brush: Gives the taper and the share of dry bristles.
        width: Width of the stroke in px.
        count: Number of bristles.
        rng: Generator for the ragged ends.

    Returns:
        For each of ``count`` bristles its one or two pieces (n, 2).
    """
    n = len(path)
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-6
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    across = np.linspace(-1, 1, count)
    # the hair spreads under pressure: narrower where the brush lands and lifts
    along = np.linspace(-1, 1, n)
    press = 1 - brush.taper * np.abs(along) ** rng.uniform(1.5, 4)
    spread = (press * width / 2)[:, None] * normal
    rounding = (1 - np.sqrt(1 - (across * 0.95) ** 2)) * width / 5
    ragged = rng.random((2, count)) * ((0.06,), (0.22,))  # it lands clean, lifts torn
    ends = rounding + ragged[:: rng.choice((1, -1))] * n
    ends = np.minimum(ends, 0.4 * n).astype(int)
    dry = rng.random(count) < brush.dry
    gaps = (0.4 + 0.5 * rng.random(count), 0.05 + 0.5 * rng.random(count))
    lines = []
    for j in range(count):
        start, stop = ends[0, j], max(n - ends[1, j], ends[0, j] + 2)
        line = path + across[j] * spread
        if dry[j]:
            skip, resume = int(n * gaps[0][j]), int(n * (gaps[0][j] + gaps[1][j]))
            lines.append([line[start : max(skip, start + 2)], line[resume:stop]])
        else:
            lines.append([line[start:stop]])
    return lines


class Canvas:
    """Wet paint: colour and thickness at twice the resolution of the picture."""

    scale = 2

    def __init__(self, ground: Array):
        """Start from a ground colour image (H, W, 3) in [0, 1]."""
        self.height, self.width = ground.shape[:2]
        big = (self.width * self.scale, self.height * self.scale)
        color = cv2.resize(ground.astype(np.float32), big)
        color = np.clip(color, 0, 1) * 255
        thickness = np.full((*color.shape[:2], 1), 40, np.float32)
        self.paint = np.concatenate([color, thickness], -1).astype(np.uint8)

    def color(self) -> Array:
        """The colours so far, unlit, (H, W, 3) in [0, 1]."""
        small = cv2.resize(
            self.paint, (self.width, self.height), interpolation=cv2.INTER_AREA
        )
        return small[..., :3].astype(np.float32) / 255

    def stroke(
        self, path: Array, color: Array, brush: Brush, rng: np.random.Generator
    ) -> None:
        """Lay one stroke along a path (N, 2) in px, N >= 2."""
        width = brush.width * rng.uniform(0.8, 1.15)
        count = int(np.clip(width * 1.3, 2, 22))
        thick = max(1, int(np.ceil(width * self.scale / count * 1.25)))
        tones = rng.standard_normal(count)
        tones = (tones + 0.7 * np.roll(tones, 1)) / 1.2
        # paint is pushed to the rim of a loaded brush
        rim = np.abs(np.linspace(-1, 1, count)) ** 4
        high = 60 + 120 * brush.load * (0.75 + 0.35 * rim) + 22 * tones
        shades = np.clip(color + brush.streaks * tones[:, None], 0, 1) * 255
        lines = bristles(path, brush, width - thick / self.scale, count, rng)
        for j in rng.permutation(count):
            paint = (*shades[j].tolist(), float(np.clip(high[j], 0, 255)))
            pieces = [
                np.rint((piece + 0.5) * self.scale * 2**SHIFT).astype(np.int32)
                for piece in lines[j]
                if len(piece) > 1
            ]
            cv2.polylines(self.paint, pieces, False, paint, thick, cv2.LINE_AA, SHIFT)

    def dot(self, centre: Array, radius: float, color: Array) -> None:
        """Set one round touch of thick paint, position and radius in px."""
        place = np.rint((np.asarray(centre) + 0.5) * self.scale * 2**SHIFT).astype(int)
        for share, height in ((1.0, 120.0), (0.6, 150.0)):
            paint = (*(np.clip(color, 0, 1) * 255).tolist(), height)
            size = max(1, round(radius * share * self.scale * 2**SHIFT))
            cv2.circle(self.paint, place.tolist(), size, paint, -1, cv2.LINE_AA, SHIFT)

    def lit(self, relief: float = 1.0) -> Array:
        """The picture (H, W, 3) in [0, 1], its relief lit from the upper left.

        Args:
            relief: Strength of light and shadow on the paint's thickness.
        """
        height = self.paint[..., 3].astype(np.float32) / 255
        height = cv2.GaussianBlur(height, (0, 0), 1.0)
        gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
        gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
        light = np.tanh((0.7 * gx + gy) * 0.45 * relief)[..., None] * 0.5
        color = self.paint[..., :3].astype(np.float32) / 255
        # highlights go to white and shadows to a deeper, not a greyer, colour
        bright = color + np.maximum(light, 0) * (1 - color) * 0.8
        color = bright * (1 + np.minimum(light, 0) * (1.1 - 0.4 * color))
        small = (self.width, self.height)
        picture = cv2.resize(color, small, interpolation=cv2.INTER_AREA)
        return np.clip(picture, 0, 1).astype(np.float32)
