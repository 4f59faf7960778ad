"""The student's training: steps, their schedule, checkpoints, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from distilling.losses import (
    centred,
    patch_cosine,
    random_patches,
    unit_patches,
)
from distilling.muon import Muon
from distilling.slopes import Slopes
from distilling.steps import draw_batch, step_losses
from distilling.targets import Targets
from stylize.encoders.lite import CHANNELS, Lite

WARM_UP = 100  # steps
MATRIX_RATE, OTHER_RATE = 0.02, 0.002
AVERAGE = 0.995  # of the weights, per step


def shipped(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights as they are shipped: in half precision."""
    return {key: value.half().contiguous() for key, value in weights.items()}


def started(file: Path, without: str | None = None) -> Lite:
    """The student of that file, to be trained on.

    Args:
        file: Of weights.
        without: A convolution that the student is to do without, such as
            ``eighths.2``; those after it move up.
    """
    student = Lite()
    weights = {k: w.float() for k, w in load_file(file).items()}
    student.load_state_dict(thinned(weights, without) if without else weights)
    return student


def thinned(weights: dict[str, Tensor], convolution: str) -> dict[str, Tensor]:
    """Weights without one of a stage's convolutions that add to their input."""
    stage, _, left_out = convolution.rpartition(".")
    kept = {}
    for key, weight in weights.items():
        layer, _, kind = key.rpartition(".")
        own, _, number = layer.rpartition(".")
        if layer == convolution:
            continue
        if own == stage and int(number) > int(left_out):
            layer = f"{stage}.{int(number) - 1}"
        kept[f"{layer}.{kind}"] = weight
    if len(kept) == len(weights):
        raise ValueError(f"the weights have no convolution {convolution}")
    return kept


def untrained() -> Lite:
    """A student of random weights, near unit scale throughout."""
    student = Lite()
    for weight in student.parameters():
        if weight.dim() == 1:
            weight.data.zero_()
            continue
        branch = weight.dim() == 4 and weight.shape[0] == weight.shape[1]
        gain = 0.8 if branch else 1.6 if weight.dim() == 4 else 1.0
        weight.data.normal_(0, gain / weight[0].numel() ** 0.5)
    return student


@dataclass
class Training:
    """A student, its moving average, its optimisers, and the steps made so far.

    Args:
        student: To be trained.
        batch: Crops a step.
        slopes: The teacher's gradients at singles and at pairs, where computed.
    """

    student: Lite
    batch: int = 8
    slopes: Sequence[Slopes] = ()
    step: int = 0

    def __post_init__(self) -> None:
        named = list(self.student.named_parameters())
        matrices = [w for _, w in named if w.dim() == 4]
        others = [w for _, w in named if w.dim() < 4]
        self.optimisers = (
            Muon(matrices, lr=MATRIX_RATE),
            torch.optim.AdamW(others, lr=OTHER_RATE, weight_decay=0),
        )
        self.average = {k: w.detach().clone() for k, w in named}

    def advance(self, targets: Targets, steps: int, held: int) -> dict[str, float]:
        """One step.

        Args:
            targets: Whose first ``held`` entries are for validation.
            steps: At which the rates reach nothing.
            held: Number of those entries.

        Returns:
            Parts of the loss, summed over the layers.
        """
        rates = MATRIX_RATE, OTHER_RATE
        for optimiser, rate in zip(self.optimisers, rates, strict=True):
            optimiser.param_groups[0]["lr"] = rate * schedule(self.step, steps)
        rng = np.random.default_rng(self.step)
        batch = draw_batch(rng, targets, self.slopes, size=self.batch, held=held)
        parts = step_losses(self.student, batch)
        loss = torch.stack(list(parts.values())).sum()
        self.student.zero_grad()
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        keep = min(AVERAGE, (self.step + 1) / (self.step + 10))
        for name, weight in self.student.named_parameters():
            self.average[name].lerp_(weight.detach(), 1 - keep)
        return {k: part.item() for k, part in parts.items()}

    @torch.no_grad()
    def validate(self, targets: Targets, held: int) -> dict[str, float]:
        """How the averaged weights do on the entries held out.

        Returns:
            By layer: relative squared error, mean cosine of centred patches, and the
            teacher's cosine of the matches chosen over that of its own.
        """
        student = Lite(self.average)
        torch.manual_seed(1)
        found: dict[str, list[float]] = {}
        for first in range(0, held - 31, 32):
            image, targeted = targets.batch(np.arange(first, first + 32))
            given = student(image, list(CHANNELS))
            for layer, channels in CHANNELS.items():
                wanted = targeted[layer][:, :channels]
                ours, theirs = centred(given[layer]), centred(wanted)
                error = (given[layer] - wanted).square().mean()
                values = {
                    "error": float(error / theirs.square().mean()),
                    "cosine": float(patch_cosine(ours, theirs)),
                    "match": match_ratio(ours, theirs),
                }
                for key, value in values.items():
                    found.setdefault(f"{layer} {key}", []).append(value)
        return {key: float(np.mean(values)) for key, values in found.items()}

    def save(self, file: Path) -> None:
        """Write all that going on needs; never leaves half a file."""
        state = {
            "student": self.student.state_dict(),
            "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
        }
        torch.save(state, file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)

    def load(self, file: Path) -> None:
        """Go on where :meth:`save` was."""
        state = torch.load(file, weights_only=True)
        self.student.load_state_dict(state["student"])
        self.average, self.step = state["average"], state["step"]
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)


def schedule(step: int, steps: int) -> float:
    """Factor of the rates: soon up, then down, ever more slowly."""
    return min((step + 1) / WARM_UP, max(1 - step / steps, 0.0) ** 2)


def match_ratio(ours: Tensor, theirs: Tensor) -> float:
    """Teacher's cosine of the student's matches over that of the teacher's own."""
    query, key = random_patches(ours.shape, 400, 4000)
    judged = unit_patches(theirs, query) @ unit_patches(theirs, key).T
    chosen = (unit_patches(ours, query) @ unit_patches(ours, key).T).argmax(dim=1)
    best = judged.amax(dim=1).mean()
    return float(judged.gather(1, chosen[:, None]).mean() / best)
