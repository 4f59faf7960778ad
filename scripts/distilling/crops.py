"""Random crops of pictures, spoilt and moved the way a half-painted picture is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylize.encoders.lite import CHANNELS, Lite

SUFFIXES = (".jpg", ".jpeg", ".png")
MOST_STEPS = 5
STEP = (0.01, 0.06)  # root mean square of one step's change, of colours in [0, 1]


def find_pictures(folders: Sequence[Path]) -> list[Path]:
    """All pictures in the folders, by name.

    Raises:
        ValueError: If there are fewer than twelve.
    """
    files = [f for folder in folders for f in folder.iterdir()]
    files = [f for f in files if f.suffix.lower() in SUFFIXES]
    if len(files) < 12:
        raise ValueError(
            f"{', '.join(map(str, folders))}: {len(files)} pictures, need 12 or more"
        )
    return sorted(files, key=lambda file: (file.name, str(file)))


def hold_out(files: list[Path], count: int = 10) -> tuple[list[Path], list[Path]]:
    """Split the sorted list into pictures to learn from and some for validation."""
    held = set(random.Random(7).sample(files, count))
    return [f for f in files if f not in held], [f for f in files if f in held]


def read_picture(file: Path, longest: int = 640) -> Tensor:
    """(3, H, W) uint8, longer side at most ``longest`` px."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()


@dataclass(frozen=True)
class Cropper:
    """Draws crops, each of another picture at another size and in other colours.

    Args:
        pictures: (3, H, W) uint8 each.
        side: Of a crop, px.
        smallest: Smallest scale at which a picture is shown.
        spoilt: Share of crops that are mixed, noisy or blurred, since the network
            is later shown pictures that are being painted.
    """

    pictures: Sequence[Tensor]
    side: int = 160
    smallest: float = 0.25
    spoilt: float = 0.35

    def __call__(self, rng: random.Random) -> Tensor:
        """(3, side, side) float in [0, 1]."""
        crop = self._jittered(rng)
        if rng.random() < self.spoilt:
            crop = self._spoil(crop, rng)
        return crop.clamp(0, 1)

    def _jittered(self, rng: random.Random) -> Tensor:
        picture = rng.choice(self.pictures)
        _, height, width = picture.shape
        least = max(self.smallest, self.side / min(height, width))
        window = round(self.side / rng.uniform(min(least, 1.0), 1.0))
        window = min(window, height, width)
        y, x = rng.randint(0, height - window), rng.randint(0, width - window)
        crop = picture[None, :, y : y + window, x : x + window] / 255
        if window != self.side:
            size = (self.side, self.side)
            crop = F.interpolate(crop, size, mode="bicubic", antialias=True)
        if rng.random() < 0.5:
            crop = crop.flip(3)
        if rng.random() < 0.1:
            crop = crop.transpose(2, 3)
        return _recoloured(crop[0].clamp(0, 1), rng)

    def _spoil(self, crop: Tensor, rng: random.Random) -> Tensor:
        kind = rng.random()
        if kind < 0.5:
            share = _blobs(self.side, rng) if kind < 0.25 else rng.uniform(0.1, 0.5)
            crop = crop + share * (self._jittered(rng) - crop)
        elif kind < 0.7:
            small = F.interpolate(
                crop[None], scale_factor=rng.uniform(0.25, 0.7), mode="area"
            )
            crop = F.interpolate(small, crop.shape[1:], mode="bicubic")[0]
        if rng.random() < 0.5:
            noise = torch.randn(crop.shape, generator=_seeded(rng))
            crop = crop + rng.uniform(0.0, 0.1) * noise
        return crop


def _recoloured(crop: Tensor, rng: random.Random) -> Tensor:
    """Other contrast, brightness, saturation and tint, for most crops mildly."""
    strength = rng.choice((0.0, 0.3, 0.6, 1.0))
    mean, grey = crop.mean(), crop.mean(dim=0, keepdim=True)
    crop = grey + (crop - grey) * rng.uniform(1 - 0.9 * strength, 1 + 0.6 * strength)
    crop = mean + (crop - mean) * rng.uniform(1 - 0.5 * strength, 1 + 0.5 * strength)
    tint = [rng.uniform(-0.12, 0.12) * strength for _ in range(3)]
    return crop + torch.tensor(tint).view(3, 1, 1)


def _blobs(side: int, rng: random.Random) -> Tensor:
    """(side, side) smooth random mask in [0, 1]."""
    coarse = torch.rand(1, 1, 5, 5, generator=_seeded(rng))
    mask = F.interpolate(coarse, (side, side), mode="bicubic")[0, 0]
    return ((mask - 0.5) * 6 + 0.5).clamp(0, 1)


@dataclass(frozen=True)
class Pairs:
    """Draws crops in pairs: one as it is, then the same moved as painting moves it.

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
            (gradient,) = torch.autograd.grad(loss, pixels)
            crop = crop - size * gradient[0] / gradient.square().mean().sqrt()
        return crop.clamp(0, 1)


def _noise(shape: torch.Size, rng: random.Random) -> Tensor:
    """Noise of random grain, strength and colour."""
    side = round(shape[1] / rng.choice((1, 1, 2, 4)))
    noise = torch.randn(1, 3, side, side, generator=_seeded(rng))
    grey = noise.mean(dim=1, keepdim=True)
    noise = grey + rng.choice((0.0, 0.5, 1.0)) * (noise - grey)
    noise = F.interpolate(noise, shape[1:], mode="bicubic")[0]
    return rng.uniform(*STEP) * noise / noise.square().mean().sqrt()


def _seeded(rng: random.Random) -> torch.Generator:
    return torch.Generator().manual_seed(rng.getrandbits(40))
