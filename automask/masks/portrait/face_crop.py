"""A face's own frame: an upright square of cells about it, cut out and put back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import up_axis
from automask.masks.portrait.mediapipe_models import resized

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
        shown = resized(plane, *small) if share < 1 else plane
        return cv2.warpAffine(
            shown, matrix, (CELLS, CELLS), flags=cv2.INTER_LINEAR, borderMode=border
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
    up, (top, height) = up_axis(face), extent(face)
    across = np.array([-up[1], up[0]])
    cell = layout.side * height / CELLS  # px
    turn = np.stack([across, -up]) / cell
    place = np.array([CELLS / 2, CELLS * layout.above / layout.side]) - 0.5
    middle = face_middle(face, top, height)
    return Frame(np.column_stack([turn, place - turn @ middle]))


def extent(face: Face) -> tuple[float, float]:
    """Where a face begins along its up axis, and its height; px.

    In profile or from below the mesh is foreshortened: its width then stands in.
    """
    up = up_axis(face)
    across = np.array([-up[1], up[0]])
    along, aside = face.points @ up, face.points @ across
    height = max(np.ptp(along), np.ptp(aside) / 0.95)
    return float(along.max()), float(height)


def face_middle(face: Face, top: float, height: float) -> np.ndarray:
    """(2,) px halfway between forehead and chin, on the middle of the mesh's width."""
    up = up_axis(face)
    across = np.array([-up[1], up[0]])
    aside = face.points @ across
    return up * (top - height / 2) + across * (aside.max() + aside.min()) / 2
