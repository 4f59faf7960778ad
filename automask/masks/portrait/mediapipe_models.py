"""MediaPipe's bundled models, opened late and run without their log chatter."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import cv2
import numpy as np
from torch import Tensor

from automask.io.quiet import quiet_stderr


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the log and the deprecation notice that each MediaPipe run emits."""
    with quiet_stderr(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="google.protobuf")
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        yield


@contextmanager
def opened(solution: str, **options: Any) -> Iterator[Any]:
    """One of MediaPipe's solutions with its bundled model, closed afterwards.

    Args:
        solution: Module and class, for instance ``"face_mesh.FaceMesh"``.
        **options: Arguments of the class.

    Raises:
        ValueError: If this MediaPipe has no bundled models.
    """
    module, name = solution.split(".")
    with quiet():
        with without_pyplot():
            import mediapipe
        if not hasattr(mediapipe, "solutions"):
            raise ValueError(
                f"mediapipe {mediapipe.__version__} bundles no models for persons and "
                "faces: use Python 3.11 or 3.12 (mediapipe < 1), or masks=none"
            )
        with getattr(getattr(mediapipe.solutions, module), name)(**options) as model:
            yield model


@contextmanager
def without_pyplot() -> Iterator[None]:
    """Keep MediaPipe from loading matplotlib, which only its drawing aids use.

    That takes longer than finding the masks of a small picture.
    """
    names = [n for n in ("matplotlib", "matplotlib.pyplot") if n not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in names})
    if "matplotlib" in names:
        sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def to_bytes(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] as (H, W, 3) 8-bit RGB."""
    pixels = (image[0] * 255).round().clamp(0, 255).byte()
    return np.ascontiguousarray(pixels.permute(1, 2, 0).cpu().numpy())


def resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with area averaging where it shrinks, since MediaPipe itself aliases."""
    shrinks = height * width < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(pixels, (width, height), interpolation=method)


def crop(
    pixels: np.ndarray, left: float, top: float, right: float, bottom: float
) -> np.ndarray:
    """Cut a window in px that may leave the picture, whose border is then repeated."""
    height, width = pixels.shape[:2]
    x, y = round(left), round(top)
    x1, y1 = max(round(right), x + 1), max(round(bottom), y + 1)
    if x >= 0 and y >= 0 and x1 <= width and y1 <= height:
        return np.ascontiguousarray(pixels[y:y1, x:x1])
    rows = np.arange(y, y1).clip(0, height - 1)
    columns = np.arange(x, x1).clip(0, width - 1)
    return np.ascontiguousarray(pixels[rows][:, columns])
