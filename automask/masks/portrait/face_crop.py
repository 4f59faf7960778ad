"""A face's own frame: an upright square of cells about it, cut out and put back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from automask.masks.arrays import resized, to_lab
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import surely_skin

CELLS = 128  # a side
SMOOTHER = 1.5  # px that are left for each cell when a picture is averaged down


@dataclass(frozen=True)
class Layout:
    """Where a square lies about a face, in heights of the face (forehead to chin).

    Args:
        side: Of the square.
        above: From its upper side to the middle of the face.
    """

    side: float
    above: float


HEAD = Layout(side=2.5, above=1.2)  # with hair, shoulders and chest
FEATURES = Layout(side=1.15, above=0.6)  # brows to lips
BEARD = Layout(side=1.7, above=0.6)  # brows to what hangs below the chin


@dataclass(frozen=True)
class Frame:
    """A similarity that takes px of a picture to cells of the square.

    Args:
        matrix: (2, 3) for column vectors (x, y, 1), from middle to middle of px.
    """

    matrix: np.ndarray

    @property
    def scale(self) -> float:
        """Cells per px."""
        return float(np.hypot(*self.matrix[:, 0]))

    def points(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) points of the picture, in cells."""
        moved = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved.astype(np.float32)

    def cut(self, plane: np.ndarray, *, repeat: bool = False) -> np.ndarray:
        """(CELLS, CELLS, …) of a picture or map; zero, or its border, beyond it."""
        border = cv2.BORDER_REPLICATE if repeat else cv2.BORDER_CONSTANT
        height, width = plane.shape[:2]
        share = min(1.0, SMOOTHER * self.scale)
        small = max(1, round(height * share)), max(1, round(width * share))
        stretch = np.array([width / small[1], height / small[0]])
        matrix = self.matrix.copy()
        matrix[:, :2] *= stretch
        matrix[:, 2] += self.matrix[:, :2] @ (0.5 * stretch - 0.5)
        plane = resized(plane, *small) if share < 1 else plane
        return cv2.warpAffine(
            plane, matrix, (CELLS, CELLS), flags=cv2.INTER_LINEAR, borderMode=border
        )

    def put(self, cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """(H, W) of the picture from its cells; zero beyond them.

        Args:
            cells: (CELLS + n, CELLS), the square with n rows of cells above it.
            shape: Height and width of the picture, px.
        """
        matrix = self.matrix.copy()
        matrix[1, 2] += cells.shape[0] - CELLS
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(cells, matrix, shape[::-1], flags=flags)


def frame_of(face: Face, layout: Layout) -> Frame:
    """The upright square about a face."""
    up, across, height = face.up, face.across, face.height
    along, sideways = face.points @ up, face.points @ across
    # Halfway between forehead and chin, on the middle of the mesh's width.
    middle = up * (float(along.max()) - height / 2)
    middle = middle + across * (sideways.max() + sideways.min()) / 2
    turn = np.stack([across, -up]) / (layout.side * height / CELLS)  # cells per px
    centre = np.array([CELLS / 2, CELLS * layout.above / layout.side]) - 0.5
    return Frame(np.column_stack([turn, centre - turn @ middle]))


@dataclass(frozen=True)
class Square:
    """The square of cells about a face.

    Args:
        rgb: (CELLS, CELLS, 3) 8 bits.
        person: (CELLS, CELLS) probability.
        inside: (CELLS, CELLS) 1 in the picture and 0 beyond it.
        points: (478, 2) landmarks in cells.
    """

    rgb: np.ndarray
    person: np.ndarray
    inside: np.ndarray
    points: np.ndarray

    @cached_property
    def face(self) -> Face:
        """The landmarks in cells."""
        return Face(self.points)

    @cached_property
    def lab(self) -> np.ndarray:
        """(CELLS, CELLS, 3) CIE L*a*b*."""
        return to_lab(self.rgb)

    @cached_property
    def areas(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells that are skin in any face, its oval, and its eyes, brows and lips."""
        return surely_skin((CELLS, CELLS), [self.face], round(0.02 * self.face.height))

    @property
    def in_picture(self) -> np.ndarray:
        """(CELLS, CELLS) bool: in the picture."""
        return self.inside > 0.5

    def contrast(self, skin: np.ndarray) -> np.ndarray:
        """Lightness against the surroundings, in units of its spread on the skin."""
        light = self.lab[..., 0]
        local = light - cv2.GaussianBlur(light, (0, 0), 0.06 * self.face.height)
        spread = float(local[skin].std()) if skin.any() else 10.0
        return local / max(2.0, 2 * spread) / 4
