"""What the functions of the Python interface give back, and tell on the way."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import stylize
from automask.images.image_files import check_suffix, encoded, in_8_bits
from automask.io.errors import known_line
from automask.io.files import write_bytes
from automask.pipeline.progress import share_done
from automask.pipeline.read_only import check_apart
from automask.pipeline.record import RunRecord


class Cancelled(Exception):
    """Raise it in ``on_step`` to stop painting; ``paint`` passes it on."""


@dataclass(frozen=True, eq=False)
class Painting:
    """A picture that was painted.

    Args:
        image: RGB, or RGBA where the photograph is cut out.
        masks: The photograph's, by name: (H, W) float32 in [0, 1], of the image's size.
        record: Configuration, versions, seed, losses, seconds: what run.json holds.
        warnings: Sentences that the command line would have printed.
    """

    image: Image.Image
    masks: Mapping[str, NDArray[np.float32]] = field(repr=False)
    record: RunRecord = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    _read: Collection[str] = field(default=(), repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the image, whole or not at all, as ``out=`` of the command line does.

        Args:
            path: A name that ends in .png, .jpg or .jpeg.

        Raises:
            ValueError: If it ends otherwise, is a file that was read to paint the
                picture, or cannot be written.
        """
        file = Path(path)
        check_suffix(file)
        check_apart({"out": str(file)}, self._read)
        try:
            write_bytes(file, encoded(self.image, file.suffix))
        except OSError as error:
            raise ValueError(known_line(error)) from None

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return encoded(self.image, ".png")


@dataclass(frozen=True, eq=False)
class Step:
    """Where painting stands.

    Args:
        level: From 0, the coarsest.
        levels: Number of levels.
        iteration: From 1.
        iterations: Of this level.
        done: Share of the work that is behind us, in [0, 1].
    """

    level: int
    levels: int
    iteration: int
    iterations: int
    done: float
    _step: stylize.Step = field(repr=False)

    @property
    def losses(self) -> Mapping[str, float]:
        """Weighted loss by term; a GPU is waited for."""
        return self._step.losses

    @property
    def image(self) -> Image.Image:
        """The picture so far, RGB, at the level's size; to be asked for in the call."""
        return in_8_bits(self._step.image[:, :3])


def step_of(step: stylize.Step) -> Step:
    """A step as callers of ``paint`` see it."""
    return Step(
        step.level,
        step.levels,
        step.iteration,
        step.iterations,
        share_done(step),
        step,
    )
