"""What is measured of matches and of finished pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)


def unit_patches(features: Tensor, *, center: bool, size: int = 3) -> Tensor:
    """(1, C, h, w) to (patches, C size²) unit vectors.

    Args:
        features: Activations of one image.
        center: Whether the mean activation is taken off first.
        size: Side of a patch, cells.
    """
    if center:
        features = features - features.mean(dim=(2, 3), keepdim=True)
    return F.normalize(F.unfold(features.float(), size)[0].T, dim=1)


def matches(query: Tensor, key: Tensor) -> Tensor:
    """Row of the nearest of ``key`` for each row of ``query``."""
    parts = [(part @ key.T).argmax(dim=1) for part in query.split(1024)]
    return torch.cat(parts)


def fine_energy(planes: Tensor) -> float:
    """Mean square above half the Nyquist frequency, in the units of the planes.

    Args:
        planes: (C, H, W), of which the mean is taken.
    """
    height, width = planes.shape[1:]
    window = torch.hann_window(height)[:, None] * torch.hann_window(width)
    window = window / window.square().mean().sqrt()
    planes = (planes - planes.mean(dim=(1, 2), keepdim=True)) * window
    y, x = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)
    high = (y.square() + x.square()).sqrt() > 0.25
    power = torch.fft.fft2(planes, norm="ortho").abs().square()
    return float((power * high).mean())


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
