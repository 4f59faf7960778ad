"""What the teacher says of many crops, projected, computed once and kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

Draw = Callable[[int], Tensor]
Teacher = Callable[[Tensor], dict[str, Tensor]]
BATCH = 16


def projected(features: Tensor, basis: Tensor) -> Tensor:
    """(B, C, h, w) on the directions (C, K), to (B, K, h, w) of unit scale.

    Cosines between activations survive it as far as the directions hold their energy.
    """
    return torch.einsum("bchw,ck->bkhw", features.float(), basis)


def principal(features: Tensor, channels: int) -> Tensor:
    """(C, K) directions that keep the energy, with and without each crop's mean.

    Args:
        features: (B, C, h, w) activations of many crops.
        channels: Number K of directions.

    Returns:
        Orthonormal columns, divided by the projections' root mean square.
    """
    cells = features.float().flatten(2)  # (B, C, n)
    cells = cells / cells.square().mean(dim=(1, 2), keepdim=True).sqrt()
    apart = cells - cells.mean(dim=2, keepdim=True)
    plain, centred = (
        torch.einsum("bcn,bdn->cd", c, c) / c.square().sum() for c in (cells, apart)
    )
    _, vectors = torch.linalg.eigh(plain + centred)
    basis = vectors[:, -channels:].flip(1)
    scale = projected(features, basis).square().mean().sqrt()
    return (basis / scale).contiguous()


def aligned(basis: Tensor, features: Tensor, answers: Tensor) -> Tensor:
    """The same directions, turned so that the first ones are those of the answers.

    Args:
        basis: (C, K).
        features: (B, C, h, w) activations of many crops.
        answers: (B, k, h, w), k at most K, what a student says of them.
    """
    both = torch.einsum("bjhw,bkhw->jk", projected(features, basis), answers)
    left, _, right = torch.linalg.svd(both, full_matrices=True)  # Procrustes
    turn = left.clone()
    turn[:, : len(right)] = left[:, : len(right)] @ right
    return (basis @ turn).contiguous()


@dataclass(frozen=True)
class Answers:
    """Crops and projected activations, memory-mapped.

    Args:
        folder: Holds crops.npy (N, 3, side, side) uint8, one float16 array of each
            layer, and how many of the N are done.
        arrays: ``crops`` and the layers.
    """

    folder: Path
    arrays: dict[str, np.ndarray]

    @classmethod
    def open(cls, folder: Path) -> Answers:
        """Open what :func:`compute` has written."""
        names = ["crops", *json.loads((folder / "answers.json").read_text())["layers"]]
        return cls(
            folder, {n: np.load(folder / f"{n}.npy", mmap_mode="r") for n in names}
        )

    def state(self) -> dict[str, Any]:
        """Crops ``done``, and the entry from which they come in pairs, ``paired``."""
        return dict(json.loads((self.folder / "answers.json").read_text()))

    def singles(self) -> int:
        """The entry from which crops come in pairs, or the end."""
        state = self.state()
        return int(state.get("paired", state["done"]))

    def batch(self, index: np.ndarray) -> tuple[Tensor, dict[str, Tensor]]:
        """Images (B, 3, side, side) in [0, 1] and activations by layer."""
        taken = {n: torch.from_numpy(a[index]).float() for n, a in self.arrays.items()}
        return taken.pop("crops") / 255, taken


@torch.no_grad()
def compute(
    folder: Path,
    draw: Draw,
    teacher: Teacher,
    bases: dict[str, Tensor],
    *,
    count: int,
    paired: bool = False,
) -> None:
    """Draw crops and write them with their answers; goes on where it left off.

    Args:
        folder: For :class:`Answers`.
        draw: The crop (3, side, side) of an entry.
        teacher: Activations by layer of (B, 3, side, side).
        bases: Directions by layer.
        count: Number of entries in all.
        paired: Whether the crops drawn now come in pairs, even entries first.
    """
    state = folder / "answers.json"
    known = json.loads(state.read_text()) if state.exists() else {"done": 0}
    done = known["done"]
    if paired:
        known.setdefault("paired", done + done % 2)
    arrays: dict[str, np.memmap] = {}
    for first in range(done, count, BATCH):
        entries = range(first, min(first + BATCH, count))
        crops = (torch.stack([draw(n) for n in entries]) * 255).round().byte()
        features = teacher(crops.float() / 255)
        values = {k: projected(features[k], basis).half() for k, basis in bases.items()}
        for name, value in ({"crops": crops} | values).items():
            if name not in arrays:
                shape = (count, *value.shape[1:])
                kind = value.numpy().dtype
                arrays[name] = writable(folder / f"{name}.npy", kind, shape)
            arrays[name][entries.start : entries.stop] = value.numpy()
        if (first // BATCH) % 16 == 15 or entries.stop == count:
            for array in arrays.values():
                array.flush()
            known |= {"layers": list(bases), "done": entries.stop}
            state.write_text(json.dumps(known))


def writable(file: Path, kind: np.dtype, shape: tuple[int, ...]) -> np.memmap:
    """The array in the file, made or lengthened with zeros to that shape."""
    if not file.exists():
        return np.lib.format.open_memmap(file, "w+", kind, shape)
    array = np.lib.format.open_memmap(file, "r+")
    if len(array) >= shape[0]:
        return array
    longer = file.with_suffix(".part")
    np.lib.format.open_memmap(longer, "w+", kind, shape)[: len(array)] = array
    longer.replace(file)
    return np.lib.format.open_memmap(file, "r+")
