"""Scalar and direction fields: noise, the flow along edges, vortices; outlines."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float32]
TABLES = Path(__file__).with_name("tables.yaml")


def table(text: str) -> NDArray[np.float64]:
    """Rows of numbers written as in SVG: ``"10,20 30,40"`` is [[10, 20], [30, 40]]."""
    return np.array([[float(n) for n in row.split(",")] for row in text.split()])


def inks(text: str) -> NDArray[np.float64]:
    """Colours (N, 3) in [0, 1], written in % of red, green and blue: ``"98,85,45"``."""
    return table(text) / 100


def drawing(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Colours, points and plans of a picture by name, as tables.yaml has them."""
    entry = yaml.safe_load(TABLES.read_text())[name]
    colors = {key: inks(text) for key, text in entry.pop("colors", {}).items()}
    points = {
        key: table(text) if isinstance(text, str) else [table(each) for each in text]
        for key, text in entry.pop("points", {}).items()
    }
    return colors, points, entry


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Pixel coordinates x and y, (H, W) each."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


def noise(
    shape: tuple[int, int],
    cell: float | tuple[float, float],
    rng: np.random.Generator,
    octaves: int = 3,
) -> Array:
    """Fractal value noise with mean 0 and standard deviation 1.

    Args:
        shape: (H, W).
        cell: Size of the largest features in px; (x, y) for stretched ones.
        rng: Generator of the random values.
        octaves: Number of scales, each half as large and half as strong.

    Returns:
        (H, W).
    """
    height, width = shape
    cell_x, cell_y = np.broadcast_to(cell, 2)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        columns = int(np.ceil(width * 2**octave / cell_x)) + 3
        rows = int(np.ceil(height * 2**octave / cell_y)) + 3
        coarse = rng.standard_normal((rows, columns)).astype(np.float32)
        fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        total += fine * 0.5**octave
    return (total - total.mean()) / total.std()


def smoothstep(low: float, high: float, value: Array) -> Array:
    """Ramp from 0 at ``low`` to 1 at ``high``, flat at both ends."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(first: Array, second, amount: Array | float) -> Array:
    """Mixture of a colour image and another one, or one colour, by an (H, W) amount."""
    amount = np.asarray(amount, np.float32)[..., None]
    return np.float32(first) * (1 - amount) + np.float32(second) * amount


def ramp(value: Array, colors) -> Array:
    """Colours (H, W, 3) of a value along equally spaced stops (N, 3) from 0 to 1."""
    stops = np.linspace(0, 1, len(colors))
    channels = [np.interp(value, stops, channel) for channel in np.transpose(colors)]
    return np.stack(channels, -1).astype(np.float32)


def vectors(angle: Array) -> Array:
    """Unit vectors (H, W, 2) as (x, y) of angles in radians."""
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def edge_flow(gray: Array, sigma: float) -> tuple[Array, Array]:
    """Direction along edges from the smoothed structure tensor.

    Args:
        gray: (H, W).
        sigma: Smoothing of the tensor in px.

    Returns:
        Angle in radians (H, W), and coherence in [0, 1] (H, W): how far the
        neighbourhood agrees on that direction.
    """
    gray = cv2.GaussianBlur(gray, (0, 0), 1.5)
    gx, gy = (cv2.Sobel(gray, cv2.CV_32F, *d, ksize=3) for d in ((1, 0), (0, 1)))
    xx, yy, xy = (
        cv2.GaussianBlur(p, (0, 0), sigma) for p in (gx * gx, gy * gy, gx * gy)
    )
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    coherence = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-5)
    return angle.astype(np.float32), coherence.astype(np.float32)


def blend_angles(first: Array, second: Array, amount: Array | float) -> Array:
    """Mixture of two orientations, which know no sign, by the doubled angle."""
    s = (1 - amount) * np.sin(2 * first) + amount * np.sin(2 * second)
    c = (1 - amount) * np.cos(2 * first) + amount * np.cos(2 * second)
    return (0.5 * np.arctan2(s, c)).astype(np.float32)


def swirl(x: Array, y: Array, vortices) -> Array:
    """Angle (H, W) in radians of the sum of vortices over a drift to the right.

    Args:
        x: (H, W) px.
        y: (H, W) px.
        vortices: (x, y, radius, turn) each; the sign of ``turn`` is its sense.
    """
    u, v = np.ones_like(x), np.zeros_like(x)
    for vortex in vortices:
        cx, cy, radius, turn = map(float, vortex)
        dx, dy = x - cx, y - cy
        pull = turn * np.exp(-(dx * dx + dy * dy) / (2 * radius * radius)) / radius
        u, v = u - dy * pull * 3, v + dx * pull * 3
    return np.arctan2(v, u).astype(np.float32)


def comb(values: Array, angle: Array, length: int) -> Array:
    """Average a field along its directions: streaks from noise (Cabral 1993).

    Args:
        values: (H, W).
        angle: (H, W) in radians; its sign matters.
        length: Steps of 1.5 px to either side.

    Returns:
        (H, W) with mean 0 and standard deviation 1.
    """
    flow = vectors(angle) * 1.5
    total = values.copy()
    for sign in (1, -1):
        x, y = grid(*values.shape)
        for _ in range(length):
            u = cv2.remap(flow, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
            x, y = x + sign * u[..., 0], y + sign * u[..., 1]
            total += cv2.remap(
                values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
    return (total - total.mean()) / total.std()


def polygon(shape: tuple[int, int], points, smooth: bool = True) -> NDArray[np.bool_]:
    """Filled (H, W) of a closed outline (N, 2) px; smoothed by a spline."""
    if smooth:
        points = spline(points, closed=True)
    part = np.zeros(shape, np.uint8)
    cv2.fillPoly(part, [np.rint(np.asarray(points) * 16).astype(np.int32)], 1, shift=4)
    return part > 0


def spline(points, closed: bool = False, step: float = 2.0) -> Array:
    """Curve through points (N, 2), sampled about every ``step`` px, (M, 2)."""
    points = np.asarray(points, np.float64)
    if closed:
        points = np.concatenate([points, points[:1]])
    chords = np.linalg.norm(np.diff(points, axis=0), axis=1)
    t = np.concatenate([[0], np.cumsum(np.sqrt(chords))])
    curve = CubicSpline(t, points, bc_type="periodic" if closed else "natural")
    count = max(4, int(chords.sum() / step))
    return curve(np.linspace(0, t[-1], count)).astype(np.float32)
