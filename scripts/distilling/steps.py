"""What one step shows the student, and the loss it makes of the answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from distilling.losses import layer_losses, move_error
from distilling.slopes import Slopes, differences
from distilling.targets import Targets
from stylize.lite import CHANNELS, Lite

MOVE_WEIGHT, SLOPE_WEIGHT = 0.5, 1.0


@dataclass(frozen=True)
class Batch:
    """Crops and what the teacher says of them.

    Args:
        image: (B, 3, side, side) in [0, 1]; singles first, then pairs in turn.
        wanted: Projected activations by layer.
        singles: How many are not of a pair.
        pulls: For the singles, by layer, the weights of a sum of activations; None
            where no gradients are learned.
        slopes: (singles, 3, side, side) gradient of that sum, of unit scale.
    """

    image: Tensor
    wanted: dict[str, Tensor]
    singles: int
    pulls: dict[str, Tensor] | None = None
    slopes: Tensor | None = None


def draw_batch(
    rng: np.random.Generator,
    targets: Targets,
    slopes: Slopes | None,
    *,
    size: int,
    held: int,
) -> Batch:
    """Random crops, half of them in pairs once there are any.

    Args:
        rng: Chooses.
        targets: Whose first ``held`` entries are for validation.
        slopes: Gradients; the singles are then chosen among the crops that have one.
        size: Number B of crops.
        held: See ``targets``.
    """
    paired, done = targets.singles(), targets.state()["done"]
    pairs = size // 4 if done - paired >= 64 else 0
    singles = size - 2 * pairs
    end = held + slopes.count if slopes else paired
    entries = rng.choice(np.arange(held, end), singles, replace=False)
    even = rng.choice(np.arange(paired, done - 1, 2), pairs, replace=False)
    chosen = np.concatenate([entries, np.stack([even, even + 1], axis=1).ravel()])
    image, wanted = targets.batch(chosen)
    wanted = {k: wanted[k][:, :c] for k, c in CHANNELS.items()}
    if slopes is None:
        return Batch(image, wanted, singles)
    pulls = differences(targets, entries, held, paired, CHANNELS)
    gradients = torch.from_numpy(slopes.gradients[entries - held]).float()
    return Batch(image, wanted, singles, pulls, gradients)


def step_losses(student: Lite, batch: Batch) -> dict[str, Tensor]:
    """Parts of the loss, summed over the layers."""
    first = batch.image[: batch.singles].requires_grad_(batch.pulls is not None)
    given = [_features(student, first)]
    parts: dict[str, Tensor] = {}
    if batch.singles < len(batch.image):
        given.append(_features(student, batch.image[batch.singles :]))
        parts["move"] = (
            MOVE_WEIGHT
            * torch.stack(
                [
                    move_error(given[1][k], batch.wanted[k][batch.singles :])
                    for k in CHANNELS
                ]
            ).sum()
        )
    for layer, wanted in batch.wanted.items():
        found = layer_losses(torch.cat([g[layer] for g in given]), wanted)
        parts = {k: parts.get(k, 0) + v for k, v in found.items()} | {
            k: v for k, v in parts.items() if k not in found
        }
    if batch.pulls is not None and batch.slopes is not None:
        sums = [(given[0][k] * pull).sum() for k, pull in batch.pulls.items()]
        (slope,) = torch.autograd.grad(sums, first, create_graph=True)
        cosine = torch.cosine_similarity(slope.flatten(1), batch.slopes.flatten(1))
        parts["slope"] = SLOPE_WEIGHT * (1 - cosine.mean())
    return parts


def _features(student: Lite, image: Tensor) -> dict[str, Tensor]:
    with torch.autocast(image.device.type, torch.bfloat16):
        given = student(image, list(CHANNELS))
    return {layer: features.float() for layer, features in given.items()}
