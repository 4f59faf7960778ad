"""The drawing under the portrait: outlines of Eileen Collins' head and features.

All points are pixels (x, y) of scikit-image's ``astronaut`` (NASA, public domain); of
clothes, pixels of the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from painting.fields import table

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

NECK = table("240,400 236,490 206,536 312,590 416,536 392,490 394,400")
COAT_EDGE = table(
    "-40,800 -30,660 30,596 140,548 206,516 250,610 312,690 374,610 420,516 490,548 "
    "605,596 670,660 680,800"
)
SHIRT = table(
    "232,476 186,532 250,660 312,790 374,660 438,532 398,476 386,520 312,556 242,520"
)
SEAMS = (
    table("206,516 140,548 30,596 -30,660"),
    table("420,516 490,548 605,596 670,660"),
    table("206,508 186,534 250,660 312,790"),
    table("420,508 438,534 374,660 312,790"),
    table("100,768 140,670 196,566"),
    table("530,768 490,670 430,566"),
)


def _from_study(points: str) -> np.ndarray:
    """Points measured on an enlargement by 3 of the part that starts at x = 90."""
    return np.float32(table(points)) / 3 + (90, 0)


HEAD = _from_study(
    "245,362 215,335 197,290 190,235 194,190 215,155 250,125 295,108 312,85 345,65 "
    "390,51 430,47 480,56 530,76 570,100 603,140 622,185 632,240 625,300 603,348 "
    "576,380 566,404 548,410 534,405 528,430 512,470 492,496 470,515 440,530 400,534 "
    "360,527 330,508 300,476 285,440 277,398 258,392 248,375"
)
_HAIRLINE = _from_study(
    "244,362 262,350 274,318 282,285 290,252 304,228 340,236 390,242 440,243 480,250 "
    "515,266 535,270 542,300 543,345 548,388 572,386"
)
SKIN = np.concatenate([_HAIRLINE, HEAD[21:]])
JAW = HEAD[34:22:-1]
EYES = (
    table("195.2,100.9 199,103.6 206,104.4 213.3,103.7 210,99.9 203,97.4 198,98.6"),
    table("237,104.9 241,106 248,106.8 255.8,104.3 252,100.4 246,99.6 240.5,101.9"),
)
IRISES = ((203.6, 101.0), (246.6, 103.4))
IRIS = 4.0  # px, radius
LIDS = (
    table("193.6,101.6 197.2,98.8 202.8,97 209.7,99.2 214,103.6"),
    table("236.4,105 240.6,101.4 246.6,99.3 252.4,100.2 257.2,104"),
)
FOLDS = (
    table("194.5,97 199.5,94.2 206,94.6 212,98"),
    table("239,98.6 245,96.2 252,96.6 257,99.6"),
)
LOWER_LIDS = (
    table("196.5,102.6 203,105 212,104.4"),
    table("238.5,105.6 247,107.4 254.6,105"),
)
BROWS = (
    table("189.2,92.2 194,88.6 200,87.8 208,89.2 216,92"),
    table("235.4,93.2 244.8,91.4 252.2,91.6 258,93.6 261.8,97"),
)
BRIDGE = table("216,95 218.5,106 217.5,116")
NOSE = (
    table("209.6,123 210.4,127.6 215.5,130.2 219,130.4"),
    table("220.5,131.8 224,132.8 228.5,132"),
    table("230,130.8 236,130 239,126.4"),
)
MOUTH = table(
    "201.8,139.2 211.2,139.1 217.1,139 223.6,140.4 230.2,139.6 240,140.2 245,141 "
    "242.5,145 236,151.4 229.2,154.2 222.7,154.6 216.2,153.5 208,148.8 203.9,143.4"
)
TEETH = table(
    "204.5,140.6 212.9,141.5 223.5,143.2 234.1,142.3 242.4,142 237.1,146.6 228.6,149.4 "
    "223,149.8 217.3,149 209,145.2"
)
CREASES = (
    table("205,124 200,130 197,138"),
    table("243,126 248,132 250,140"),
    table("214,160.5 223,162 231,161"),
)
