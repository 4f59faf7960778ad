"""The student's training: steps, their schedule, checkpoints, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from distilling.student_losses import (
    centred,
    draw_batch,
    match_ratio,
    patch_cosine,
    step_losses,
)
from distilling.teacher_answers import Answers
from distilling.teacher_gradients import Gradients
from stylize.encoders.lite import CHANNELS, Lite

WARM_UP = 100  # steps
MATRIX_RATE, OTHER_RATE = 0.02, 0.002
AVERAGE = 0.995  # of the weights, per step


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
        gradients: The teacher's at singles and at pairs, where computed.
    """

    student: Lite
    batch: int = 8
    gradients: Sequence[Gradients] = ()
    step: int = 0

    def __post_init__(self) -> None:
        named = dict(self.student.named_parameters())
        self.filters = [w for w in named.values() if w.dim() == 4]
        others = [w for w in named.values() if w.dim() < 4]
        # Muon knows matrices alone
        self.matrices = [
            nn.Parameter(w.detach().flatten(1).clone()) for w in self.filters
        ]
        self.optimisers = (
            torch.optim.Muon(self.matrices, lr=MATRIX_RATE, weight_decay=0),
            torch.optim.AdamW(others, lr=OTHER_RATE, weight_decay=0),
        )
        self.average = {k: w.detach().clone() for k, w in named.items()}

    def advance(self, answers: Answers, steps: int, held: int) -> dict[str, float]:
        """One step.

        Args:
            answers: Whose first ``held`` entries are for validation.
            steps: At which the rates reach nothing.
            held: Number of those entries.

        Returns:
            Parts of the loss, summed over the layers.
        """
        factor = min((self.step + 1) / WARM_UP, max(1 - self.step / steps, 0.0) ** 2)
        rng = np.random.default_rng(self.step)
        batch = draw_batch(rng, answers, self.gradients, size=self.batch, held=held)
        parts = step_losses(self.student, batch)
        self.student.zero_grad()
        torch.stack(list(parts.values())).sum().backward()
        self.update(factor)
        self.step += 1
        keep = min(AVERAGE, (self.step + 1) / (self.step + 10))
        for name, weight in self.student.named_parameters():
            self.average[name].lerp_(weight.detach(), 1 - keep)
        return {k: part.item() for k, part in parts.items()}

    def update(self, factor: float) -> None:
        """Let both optimisers move the weights along their gradients."""
        pairs = [*zip(self.matrices, self.filters, strict=True)]
        for matrix, weight in pairs:
            assert weight.grad is not None
            matrix.data.copy_(weight.data.flatten(1))
            matrix.grad = weight.grad.flatten(1)
        rates = MATRIX_RATE, OTHER_RATE
        for optimiser, rate in zip(self.optimisers, rates, strict=True):
            optimiser.param_groups[0]["lr"] = rate * factor
            optimiser.step()
        for matrix, weight in pairs:
            weight.data.copy_(matrix.data.view_as(weight))

    @torch.no_grad()
    def validate(self, answers: Answers, held: int) -> dict[str, float]:
        """How the averaged weights do on the entries held out.

        Returns:
            By layer: relative squared error, mean cosine of centred patches, and the
            teacher's cosine of the matches chosen over that of its own.
        """
        student = Lite(self.average)
        torch.manual_seed(1)
        found: dict[str, list[float]] = {}
        for first in range(0, held - 31, 32):
            image, targeted = answers.batch(np.arange(first, first + 32))
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
