"""The brush of the page's mask editor, in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Point = tuple[float, float, float, float]  # x, y, radius (px), strength


def painted(mask: Mask, points: Sequence[Point], softness: float, erase: bool) -> Mask:
    """The brush as brush.js defines it, all pixels at once."""
    used, waiting = [points[0]], None
    for point in points[1:]:
        last = used[-1]
        apart = np.hypot(point[0] - last[0], point[1] - last[1])
        waiting = point if apart < max(0.5, last[2] / 8) else None
        if waiting is None:
            used.append(point)
    if waiting:
        used.append(waiting)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    cover = np.zeros(mask.shape, int)
    for a, b in zip(used[:1] + used[:-1], used, strict=True):
        dx, dy = b[0] - a[0], b[1] - a[1]
        along = (x - a[0]) * dx + (y - a[1]) * dy
        t = np.clip(along / (dx * dx + dy * dy), 0, 1) if dx or dy else np.ones_like(x)
        ex, ey = x - a[0] - t * dx, y - a[1] - t * dy
        radius, strength = (a[i] + t * (b[i] - a[i]) for i in (2, 3))
        far = radius + 0.5 - np.sqrt(ex * ex + ey * ey)
        u = np.clip(far / (radius * softness + 1), 0, 1)
        piece = np.floor(255 * strength * u * u * (3 - 2 * u) + 0.5).astype(int)
        cover = np.maximum(cover, piece)
    values = mask.astype(int) if erase else 255 - mask.astype(int)
    kept = (values * (255 - cover) + 127) // 255
    return (kept if erase else 255 - kept).astype(np.uint8)
