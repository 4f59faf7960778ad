"""What one step shows the student, and the loss it makes of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from distilling.losses import layer_losses, move_error
from distilling.slopes import Slopes, differences
from distilling.targets import Targets
from stylize.encoders.lite import CHANNELS, Lite

MOVE_WEIGHT, SLOPE_WEIGHT, NEAR_WEIGHT = 0.5, 1.5, 1.5


@dataclass(frozen=True)
class Batch:
    """Crops and what the teacher says of them.

    Args:
        image: (B, 3, side, side) in [0, 1]; singles first, then pairs in turn.
        wanted: Projected activations by layer.
        singles: How many are not of a pair.
        pulls: By layer, the weights of a sum of activations; None where no gradients
            are learned.
        slopes: (B, 3, side, side) gradient of that sum, of unit scale.
    """

    image: Tensor
    wanted: dict[str, Tensor]
    singles: int
    pulls: dict[str, Tensor] | None = None
    slopes: Tensor | None = None


def draw_batch(
    rng: np.random.Generator,
    targets: Targets,
    slopes: Sequence[Slopes],
    *,
    size: int,
    held: int,
) -> Batch:
    """Random crops, half of them in pairs once there are any.

    Args:
        rng: Chooses.
        targets: Whose first ``held`` entries are for validation.
        slopes: Gradients of singles and of pairs, or none; crops are then chosen
            among those that have one.
        size: Number B of crops.
        held: See ``targets``.
    """
    paired, end = targets.singles(), targets.state()["done"]
    last = paired
    if slopes:
        last, end = (s.first + s.count for s in slopes)
    pairs = size // 4 if end - paired >= 64 else 0
    singles = size - 2 * pairs
    entries = rng.choice(np.arange(held, last), singles, replace=False)
    even = rng.choice(np.arange(paired, end - 1, 2), pairs, replace=False)
    chosen = np.concatenate([entries, np.stack([even, even + 1], axis=1).ravel()])
    image, wanted = targets.batch(chosen)
    wanted = {k: wanted[k][:, :c] for k, c in CHANNELS.items()}
    if not slopes:
        return Batch(image, wanted, singles)
    pulls = differences(targets, chosen, held, CHANNELS)
    gradients = np.stack([slopes[int(n >= paired)].of(n) for n in chosen])
    return Batch(image, wanted, singles, pulls, torch.from_numpy(gradients).float())


def step_losses(student: Lite, batch: Batch) -> dict[str, Tensor]:
    """Parts of the loss, summed over the layers."""
    image = batch.image.requires_grad_(batch.pulls is not None)
    given = _features(student, image)
    parts: dict[str, Tensor] = {}
    for layer, wanted in batch.wanted.items():
        found = layer_losses(given[layer], wanted)
        if batch.singles < len(image):
            pairs = (f[batch.singles :] for f in (given[layer], wanted))
            found["move"] = MOVE_WEIGHT * move_error(*pairs)
        parts = {k: parts.get(k, 0) + v for k, v in found.items()}
    if batch.pulls is not None and batch.slopes is not None:
        total = torch.stack([(given[k] * p).sum() for k, p in batch.pulls.items()])
        (slope,) = torch.autograd.grad(total.sum(), image, create_graph=True)
        cosine = torch.cosine_similarity(slope.flatten(1), batch.slopes.flatten(1))
        parts["slope"] = SLOPE_WEIGHT * (1 - cosine[: batch.singles].mean())
        if batch.singles < len(image):
            parts["near"] = NEAR_WEIGHT * (1 - cosine[batch.singles :].mean())
    return parts


def _features(student: Lite, image: Tensor) -> dict[str, Tensor]:
    half = image.device.type == "cuda"  # few other processors are faster in it
    with torch.autocast(image.device.type, torch.bfloat16, enabled=half):
        given = student(image, list(CHANNELS))
    return {layer: features.float() for layer, features in given.items()}
