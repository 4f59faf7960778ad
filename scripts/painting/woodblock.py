"""A colour woodblock print: flat plates, bokashi gradients, dark key lines, paper."""

import cv2
import numpy as np

from painting.fields import Array, comb, grid, noise, polygon, ramp, spline

KEY = (0.09, 0.14, 0.28)  # ink of the key block, Prussian blue


class Print:
    """A sheet that plates and lines are printed on, at twice its final size."""

    scale = 2

    def __init__(self, height: int, width: int, paper: tuple[float, float, float]):
        self.height, self.width = height, width
        self.shape = height * self.scale, width * self.scale
        self.x, self.y = (axis / self.scale for axis in grid(*self.shape))
        self.color = np.full((*self.shape, 3), paper, np.float32)

    def part(self, points, smooth: bool = True) -> np.ndarray:
        """Filled outline (N, 2) px as a (2H, 2W) bool."""
        return polygon(self.shape, np.float32(points) * self.scale, smooth)

    def discs(self, centres, radii) -> np.ndarray:
        """Union of discs, centres (N, 2) and radii (N,) in px, as (2H, 2W) bool."""
        part = np.zeros(self.shape, np.uint8)
        for (cx, cy), radius in zip(centres, radii, strict=True):
            place = (round(cx * 32), round(cy * 32))
            cv2.circle(part, place, max(8, round(radius * 32)), 1, -1, shift=4)
        return part > 0

    def plate(self, part: np.ndarray, colors, amount=None) -> None:
        """Print one colour, or a bokashi along ``amount`` in [0, 1] (2H, 2W)."""
        self.color[part] = colors[0] if amount is None else ramp(amount[part], colors)

    def edge(self, part: np.ndarray, width: float, color=KEY) -> None:
        """Line around a part, ``width`` px."""
        outlines, _ = cv2.findContours(
            part.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        thick = max(1, round(width * self.scale))
        cv2.drawContours(self.color, outlines, -1, color, thick)

    def line(self, points, width: float, color=KEY) -> None:
        """Cut line through points (N, 2) px that swells in its middle."""
        curve = spline(np.float32(points) * self.scale, step=4)
        swell = np.sin(np.linspace(0.12, np.pi - 0.12, len(curve) - 1)) ** 0.6
        for first, last, share in zip(curve, curve[1:], swell, strict=False):
            thick = max(1, round(width * self.scale * share))
            ends = [np.rint(p * 16).astype(int).tolist() for p in (first, last)]
            cv2.line(self.color, *ends, color, thick, cv2.LINE_8, 4)

    def pulled(self, rng: np.random.Generator) -> Array:
        """The finished sheet (H, W, 3) in [0, 1], with wood grain and paper fibre."""
        small = (self.width, self.height)
        color = cv2.resize(self.color, small, interpolation=cv2.INTER_AREA)
        shape = self.height, self.width
        wave = (0.05 * noise(shape, (300, 160), rng, 2)).astype(np.float32)
        grain = comb(noise(shape, (6, 2.2), rng, 2), wave, 24)
        fibre = noise(shape, 3, rng, 2)
        blotch = noise(shape, 90, rng, 3)
        # ink lies thinner where it is darker, so the grain shows most there
        depth = 1 - color.mean(-1)
        tone = 0.012 * fibre + 0.010 * blotch + (0.010 + 0.045 * depth) * grain
        return np.clip(color + tone[..., None], 0, 1).astype(np.float32)
