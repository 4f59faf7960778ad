"""The drawing under the portrait: outlines of Eileen Collins' head and features.

All points are pixels (x, y) of scikit-image's ``astronaut`` (NASA, public domain); of
clothes, pixels of the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from painting.fields import drawing

_, POINTS, _ = drawing("sitter")

HEIGHT, WIDTH = 768, 640
SHAPE = HEIGHT, WIDTH


@dataclass(frozen=True)
class Pose:
    """Where the photograph comes to lie in a picture."""

    scale: float
    origin: tuple[float, float]  # of the photograph's corner, in px of the picture

    @property
    def matrix(self) -> NDArray[np.float32]:
        """(2, 3) affine map from the photograph to the picture."""
        left, top = self.origin
        return np.float32([[self.scale, 0, left], [0, self.scale, top]])

    def place(self, points: ArrayLike) -> NDArray[np.float32]:
        """Points of the photograph in the picture, (N, 2) px."""
        return np.asarray(points, np.float32) * self.scale + np.float32(self.origin)


PORTRAIT = Pose(2.45, (WIDTH / 2 - 227 * 2.45, 40.0))


# these were measured on an enlargement by 3 of the part that starts at x = 90
HEAD, _hairline = (
    np.float32(POINTS[name]) / 3 + (90, 0) for name in ("head", "hairline")
)
SKIN = np.concatenate([_hairline, HEAD[21:]])
JAW = HEAD[34:22:-1]
IRISES = ((203.6, 101.0), (246.6, 103.4))
IRIS = 4.0  # px, radius
