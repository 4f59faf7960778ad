"""The teacher's gradients at many crops, for the student to have the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from distilling.targets import Projection, Targets, Teacher, writable

BATCH = 8


@dataclass(frozen=True)
class Slopes:
    """Gradients of the distance from one crop's activations to another's.

    That is what painting follows: Σ over the layers of half the mean squared
    difference, with respect to the first crop's pixels.

    Args:
        gradients: (N, 3, side, side) float16, each of unit root mean square; zero
            where not yet computed.
        first: Entry of :class:`Targets` that the first of them belongs to.
        count: How many are computed.
    """

    gradients: np.ndarray
    first: int
    count: int

    @classmethod
    def open(cls, folder: Path, first: int) -> Slopes | None:
        """What :func:`compute_slopes` has written from that entry on, if anything."""
        file = _file(folder, first)
        if not file.exists():
            return None
        gradients = np.load(file, mmap_mode="r")
        return cls(gradients, first, _computed(gradients))

    def of(self, entry: int) -> np.ndarray:
        """(3, side, side) gradient at that crop."""
        gradient: np.ndarray = self.gradients[entry - self.first]
        return gradient


def other_entry(entry: int, first: int, paired: int) -> int:
    """The crop whose activations the crop of ``entry`` is pulled towards.

    One of a pair is pulled to the other, little apart as near the end of a painting; a
    single one to any other, far apart as at its beginning.
    """
    if entry >= paired:
        return entry ^ 1
    return random.Random(entry).randrange(first, paired)


def differences(
    targets: Targets, entries: np.ndarray, first: int, channels: dict[str, int]
) -> dict[str, Tensor]:
    """Gradient of the distance with respect to the teacher's activations, by layer."""
    paired = targets.singles()
    others = np.array([other_entry(int(n), first, paired) for n in entries])
    found = {}
    for layer, width in channels.items():
        own, wanted = (
            torch.from_numpy(targets.arrays[layer][n][:, :width]).float()
            for n in (entries, others)
        )
        found[layer] = (own - wanted) / own[0].numel()
    return found


def compute_slopes(
    targets: Targets,
    teacher: Teacher,
    projections: dict[str, Projection],
    channels: dict[str, int],
    *,
    held: int,
    first: int,
    count: int,
) -> None:
    """Compute the gradients of ``count`` crops, or those still missing.

    Args:
        targets: Crops and activations.
        teacher: Activations by layer, through which a gradient may run.
        projections: By layer.
        channels: Directions by layer that the student learns.
        held: Entries for validation, the first ones.
        first: Entry to begin with.
        count: Number of gradients in all.
    """
    file, side = _file(targets.folder, first), targets.arrays["crops"].shape[2]
    gradients = writable(file, np.dtype(np.float16), (count, 3, side, side))
    for n in range(_computed(gradients), count, BATCH):
        entries = np.arange(first + n, first + min(n + BATCH, count))
        pulls = differences(targets, entries, held, channels)
        image = torch.from_numpy(targets.arrays["crops"][entries]).float() / 255
        image.requires_grad_(True)
        features = teacher(image)
        total = image.new_zeros(())
        for layer, pull in pulls.items():
            basis = projections[layer].basis[:, : channels[layer]]
            given = torch.einsum("bchw,ck->bkhw", features[layer].float(), basis)
            total = total + (given * pull).sum()
        (slope,) = torch.autograd.grad(total, image)
        slope = slope / slope.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        gradients[n : n + len(entries)] = slope.half().numpy()
        gradients.flush()


def _file(folder: Path, first: int) -> Path:
    return folder / f"slopes-{first}.npy"


def _computed(gradients: np.ndarray) -> int:
    """Number of rows before the first that is all zero."""
    filled = np.abs(gradients[:, :, 80, 80].astype(np.float32)).sum(axis=1) > 0
    return int(filled.argmin()) if not filled.all() else len(gradients)
