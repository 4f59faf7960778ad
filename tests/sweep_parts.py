"""A mask source that notes each picture it looks at, or dies of it, in any process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from automask.masks.soft import SoftMasks


@dataclass(frozen=True)
class NotedSource:
    """The upper half of a picture as a person."""

    log: str
    deadly: bool = False

    def __call__(self, image: torch.Tensor) -> SoftMasks:
        if self.deadly:
            os._exit(9)  # as when the system kills a process that takes all memory
        with Path(self.log).open("a") as file:
            file.write(f"{image.mean():.6f}\n")
        person = torch.zeros(image.shape[2:])
        person[: image.shape[2] // 2] = 0.9
        return SoftMasks(("person",), person[None], ("planted",))
