"""The teacher's gradients at many crops, for the student to have the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from distilling.teacher_answers import Answers, Teacher, writable
from stylize.encoders.lite import CHANNELS

BATCH = 8


@dataclass(frozen=True)
class Gradients:
    """Gradients of the distance from one crop's activations to another's.

    That is what painting follows: Σ over the layers of half the mean squared
    difference, with respect to the first crop's pixels.

    Args:
        values: (N, 3, side, side) float16, each of unit root mean square; zero where
            not yet computed.
        first: Entry of :class:`Answers` that the first of them belongs to.
    """

    values: np.ndarray
    first: int

    @classmethod
    def open(cls, folder: Path, first: int) -> Gradients | None:
        """What :func:`compute_gradients` wrote from that entry on, if anything."""
        file = _file(folder, first)
        return cls(np.load(file, mmap_mode="r"), first) if file.exists() else None

    @cached_property
    def done(self) -> int:
        """Number of rows before the first that is all zero."""
        middle = self.values.shape[2] // 2
        filled = np.any(self.values[:, :, middle, middle] != 0, axis=1)
        return len(filled) if filled.all() else int(filled.argmin())

    def of(self, entry: int) -> np.ndarray:
        """(3, side, side) gradient at that crop."""
        gradient: np.ndarray = self.values[entry - self.first]
        return gradient


def differences(answers: Answers, entries: np.ndarray, held: int) -> dict[str, Tensor]:
    """Gradient of the distance with respect to the teacher's activations, by layer.

    One crop of a pair is pulled to the other, little apart as near the end of a
    painting; a single one to any other, far apart as at its beginning.

    Args:
        answers: Crops and activations.
        entries: (B,) of the crops.
        held: Entries for validation, the first ones, to which none is pulled.
    """
    paired = answers.singles()
    singles = paired - held
    others = [
        n ^ 1
        if n >= paired
        else held + (n - held + random.Random(n).randrange(1, singles)) % singles
        for n in entries.tolist()
    ]
    found = {}
    for layer, width in CHANNELS.items():
        own, wanted = (
            torch.from_numpy(answers.arrays[layer][n][:, :width]).float()
            for n in (entries, others)
        )
        found[layer] = (own - wanted) / own[0].numel()
    return found


def compute_gradients(
    answers: Answers,
    teacher: Teacher,
    bases: dict[str, Tensor],
    *,
    held: int,
    first: int,
    count: int,
) -> None:
    """Compute the gradients of ``count`` crops, or those still missing.

    Args:
        answers: Crops and activations.
        teacher: Activations by layer, through which a gradient may run.
        bases: (C, K) directions by layer.
        held: Entries for validation, the first ones.
        first: Entry to begin with.
        count: Number of gradients in all.
    """
    file, side = _file(answers.folder, first), answers.arrays["crops"].shape[2]
    values = writable(file, np.dtype(np.float16), (count, 3, side, side))
    for n in range(Gradients(values, first).done, count, BATCH):
        entries = np.arange(first + n, first + min(n + BATCH, count))
        image = torch.from_numpy(answers.arrays["crops"][entries]).float() / 255
        image.requires_grad_(True)
        features, total = teacher(image), image.new_zeros(())
        for layer, pull in differences(answers, entries, held).items():
            basis = bases[layer][:, : CHANNELS[layer]]
            given = torch.einsum("bchw,ck->bkhw", features[layer].float(), basis)
            total = total + (given * pull).sum()
        (found,) = torch.autograd.grad(total, image)
        found = found / found.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        values[n : n + len(entries)] = found.half().numpy()
        values.flush()


def _file(folder: Path, first: int) -> Path:
    return folder / f"gradients-{first}.npy"
