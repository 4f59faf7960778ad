"""Crops moved the way painting moves a picture, to teach the student its gradient."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from distilling.crops import Cropper
from stylize.encoders.lite import CHANNELS, Lite

MOST_STEPS = 5
STEP = (0.01, 0.06)  # root mean square of one step's change, of colours in [0, 1]


@dataclass(frozen=True)
class Pairs:
    """Draws crops in pairs: one as it is, then the same moved.

    Where a student's answer to its own steps is wrong, an optimiser that follows them
    ends in noise that the teacher would never have made. So the student takes the
    steps, and the teacher's answers to them are learned.

    Args:
        cropper: Draws the crops.
        student: As trained so far.
    """

    cropper: Cropper
    student: Lite

    def __call__(self, entry: int) -> Tensor:
        """(3, side, side) in [0, 1]; an odd entry is the even one before it, moved."""
        crop = self.cropper(random.Random(entry - entry % 2))
        return self._moved(crop, random.Random(entry)) if entry % 2 else crop

    def _moved(self, crop: Tensor, rng: random.Random) -> Tensor:
        if rng.random() < 0.3:
            return (crop + _noise(crop.shape, rng)).clamp(0, 1)
        wanted = self.student(self.cropper(rng)[None], list(CHANNELS))
        size = rng.uniform(*STEP)
        for _ in range(rng.randint(1, MOST_STEPS)):
            with torch.enable_grad():
                pixels = crop[None].clone().requires_grad_(True)
                seen = self.student(pixels, list(CHANNELS))
                loss = sum((seen[k] - wanted[k]).square().mean() for k in CHANNELS)
            (slope,) = torch.autograd.grad(loss, pixels)
            crop = crop - size * slope[0] / slope.square().mean().sqrt()
        return crop.clamp(0, 1)


def _noise(shape: torch.Size, rng: random.Random) -> Tensor:
    """Noise of random grain, strength and colour."""
    generator = torch.Generator().manual_seed(rng.getrandbits(40))
    side = round(shape[1] / rng.choice((1, 1, 2, 4)))
    noise = torch.randn(1, 3, side, side, generator=generator)
    grey = noise.mean(dim=1, keepdim=True)
    noise = grey + rng.choice((0.0, 0.5, 1.0)) * (noise - grey)
    noise = F.interpolate(noise, shape[1:], mode="bicubic")[0]
    return rng.uniform(*STEP) * noise / noise.square().mean().sqrt()
