"""What is written of a piece: its frames as pictures, and what its painter keeps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from automask.images.image_files import write_image
from automask.io.files import write_bytes, written_whole

if TYPE_CHECKING:
    from torch import Tensor


class FrameFiles:
    """Writes the frames of a piece as pictures.

    Args:
        mark: File that says they are there.
        folder: Of the pictures; they are called after their number, from 1.
    """

    def __init__(self, mark: Path, folder: Path) -> None:
        self.mark, self.folder = mark, folder
        folder.mkdir(exist_ok=True)

    def __enter__(self) -> FrameFiles:
        return self

    def write(self, number: int, image: Tensor) -> None:
        """Write a frame: (1, 3, H, W) sRGB in [0, 1]."""
        write_image(self.folder / f"{number + 1:06}.png", image)

    def __exit__(self, kind: object, *others: object) -> None:
        if kind is None:
            write_bytes(self.mark, b"")


class Kept:
    """What is kept of a piece that is being painted; gone once it is there.

    Args:
        folder: For it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> dict[str, Any] | None:
        """What was saved; None if nothing was, or it is broken."""
        import torch

        with suppress(OSError, EOFError, RuntimeError, UnpicklingError):
            found: dict[str, Any] = torch.load(self.folder / name, weights_only=True)
            return found
        return None

    def save(self, name: str, saved: dict[str, Any]) -> None:
        """Keep something, whole."""
        import torch

        self.folder.mkdir(exist_ok=True)
        with written_whole(self.folder / name) as file:
            torch.save(saved, file)

    def drop(self, name: str) -> None:
        """Forget it."""
        with suppress(OSError):
            (self.folder / name).unlink()
            self.folder.rmdir()  # if it was the last
