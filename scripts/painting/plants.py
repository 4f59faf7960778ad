"""Trees and bushes of leaf clumps, lit from the upper left."""

import numpy as np

from painting.brushwork import Brush, Canvas
from painting.fields import Array, drawing, grid, noise
from painting.layers import Scene

LEAVES, BLOSSOMS, POPPIES = drawing("plants")[0].values()


def foliage(
    scene: Scene,
    crown: Array,
    rng: np.random.Generator,
    lean: float = 1.57,
    colors: Array = LEAVES,
) -> np.ndarray:
    """Paint leaf clumps (N, 3) as x, y, radius into the scene, lit from the left.

    Returns:
        (H, W) bool, the part covered.
    """
    x, y = grid(*scene.angle.shape)
    rough = noise(scene.angle.shape, 15, rng, 2)
    covered = np.zeros(scene.angle.shape, bool)
    for cx, cy, radius in crown:
        dx, dy = (x - cx) / radius, (y - cy) / radius
        inside = dx * dx + dy * dy + 0.35 * rough < 1
        light = 0.42 - 0.30 * dx - 0.42 * dy + 0.10 * rough
        turn = np.arctan2(dy - 0.6, dx) + lean + 0.5 * rough
        scene.lay(inside, light, colors, turn)
        covered |= inside
    return covered


def poplar(cx: float, top: float, foot: float, rng: np.random.Generator) -> Array:
    """Clumps of one slender tree, from the foot upwards."""
    t = np.linspace(0, 1, 46)
    spread = (foot - top) * 0.085 * (0.35 + np.sin(np.pi * (0.12 + 0.86 * t)))
    x = cx + rng.normal(0, 0.4, t.size) * spread
    return np.stack([x, foot + (top - foot) * t, 0.72 * spread], -1)


def bush(cx: float, cy: float, rx: float, ry: float, rng: np.random.Generator) -> Array:
    """Clumps of a broad crown, those behind first."""
    angle, reach = rng.uniform(0, 2 * np.pi, 60), np.sqrt(rng.random(60))
    x, y = cx + rx * reach * np.cos(angle), cy + ry * reach * np.sin(angle)
    clumps = np.stack([x, y, rng.uniform(0.16, 0.34, 60) * min(rx, ry) * 1.3], -1)
    return clumps[np.argsort(y)]


def blossoms(rng: np.random.Generator, canvas: Canvas, lily: np.ndarray):
    """A few loaded touches of pink, red and white upon the pads."""
    brush = Brush(7, 11, load=1.0, streaks=0.06, dry=0)
    rows, columns = np.nonzero(lily)
    for pick in rng.choice(len(rows), 18, replace=False):
        base = np.array([columns[pick], rows[pick]], np.float32)
        color = rng.choice(BLOSSOMS)
        for turn in np.linspace(-2.6, -0.5, 5) + rng.normal(0, 0.15, 5):
            tip = np.array([np.cos(turn), np.sin(turn)]) * 9
            path = base + np.linspace(0, 1, 6)[:, None] * tip
            shade = np.clip(color + rng.normal(0, 0.05, 3), 0, 1)
            canvas.stroke(path, shade, brush, rng)
        heart = base + np.linspace(-3, 3, 4)[:, None] * (1, 0.2) - (0, 1)
        canvas.stroke(heart, np.array((0.98, 0.78, 0.25)), brush, rng)


def poppies(rng: np.random.Generator, canvas: Canvas, bank: np.ndarray, count: int):
    """Drifts of vermilion, white and violet flowers over the grass."""
    drift = np.exp(1.3 * noise(bank.shape, 60, rng, 2)) * bank
    chosen = rng.choice(
        drift.size, count, replace=False, p=(drift / drift.sum()).ravel()
    )
    for row, column in sorted(divmod(pick, bank.shape[1]) for pick in chosen):
        color = POPPIES[rng.choice(4, p=(0.5, 0.25, 0.1, 0.15))]
        size = (3 + 9 * (row - 380) / 200) * rng.uniform(0.6, 1.3)
        turn = rng.uniform(-0.9, 0.9)
        along = np.linspace(-0.7, 0.7, 6)[:, None] * (np.cos(turn), np.sin(turn)) * size
        path = np.array([column, row]) + along
        brush = Brush(size * 0.9, size, load=1.0, streaks=0.09)
        canvas.stroke(path, np.clip(color + rng.normal(0, 0.04, 3), 0, 1), brush, rng)
