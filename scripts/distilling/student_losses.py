"""How far the student's activations, and the matches they lead to, are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from distilling.teacher_answers import Answers
from distilling.teacher_gradients import Gradients, differences
from stylize.encoders.lite import CHANNELS, Lite

MOVE_WEIGHT, GRADIENT_WEIGHT = 0.5, 1.5


@dataclass(frozen=True)
class Batch:
    """Crops and what the teacher says of them.

    Args:
        image: (B, 3, side, side) in [0, 1]; singles first, then pairs in turn.
        wanted: Projected activations by layer.
        singles: How many are not of a pair.
        pulls: By layer, the weights of a sum of activations; None where no gradients
            are learned.
        gradients: (B, 3, side, side) of that sum, of unit scale.
    """

    image: Tensor
    wanted: dict[str, Tensor]
    singles: int
    pulls: dict[str, Tensor] | None = None
    gradients: Tensor | None = None


def draw_batch(
    rng: np.random.Generator,
    answers: Answers,
    gradients: Sequence[Gradients],
    *,
    size: int,
    held: int,
) -> Batch:
    """Random crops, half of them in pairs once there are any.

    Args:
        rng: Chooses.
        answers: Whose first ``held`` entries are for validation.
        gradients: Of singles and of pairs, or none; crops are then chosen among those
            that have one.
        size: Number B of crops.
        held: See ``answers``.
    """
    paired, end = answers.singles(), answers.state()["done"]
    last = paired
    if gradients:
        last, end = (g.first + g.done for g in gradients)
    pairs = size // 4 if end - paired >= 64 else 0
    singles = size - 2 * pairs
    entries = rng.choice(np.arange(held, last), singles, replace=False)
    even = rng.choice(np.arange(paired, end - 1, 2), pairs, replace=False)
    chosen = np.concatenate([entries, np.stack([even, even + 1], axis=1).ravel()])
    image, wanted = answers.batch(chosen)
    wanted = {k: wanted[k][:, :c] for k, c in CHANNELS.items()}
    if not gradients:
        return Batch(image, wanted, singles)
    values = np.stack([gradients[int(n >= paired)].of(n) for n in chosen])
    pulls = differences(answers, chosen, held)
    return Batch(image, wanted, singles, pulls, torch.from_numpy(values).float())


def step_losses(student: Lite, batch: Batch) -> dict[str, Tensor]:
    """Parts of the loss, summed over the layers.

    Each is near 1 for a student that knows nothing; ``move`` is the error of the
    change within pairs, ``gradient`` and ``near`` the angles of gradients of singles
    and of pairs.
    """
    image = batch.image.requires_grad_(batch.pulls is not None)
    with torch.autocast(image.device.type, torch.bfloat16, enabled=image.is_cuda):
        given = {k: f.float() for k, f in student(image, list(CHANNELS)).items()}
    parts: dict[str, Tensor] = {}
    for layer, wanted in batch.wanted.items():
        ours, theirs = centred(given[layer]), centred(wanted)
        error = (given[layer] - wanted).square().mean()
        found = {
            "value": error / theirs.square().mean(),
            "plain": 1 - patch_cosine(given[layer], wanted),
            "centred": 1 - patch_cosine(ours, theirs),
        }
        if batch.singles < len(image):
            pairs = (f[batch.singles :] for f in (given[layer], wanted))
            found["move"] = MOVE_WEIGHT * move_error(*pairs)
        parts = {k: parts.get(k, 0) + v for k, v in found.items()}
    if batch.pulls is not None and batch.gradients is not None:
        total = torch.stack([(given[k] * p).sum() for k, p in batch.pulls.items()])
        (own,) = torch.autograd.grad(total.sum(), image, create_graph=True)
        cosine = torch.cosine_similarity(own.flatten(1), batch.gradients.flatten(1))
        of_singles, of_pairs = cosine[: batch.singles], cosine[batch.singles :]
        parts["gradient"] = GRADIENT_WEIGHT * (1 - of_singles.mean())
        if len(of_pairs):
            parts["near"] = GRADIENT_WEIGHT * (1 - of_pairs.mean())
    return parts


def move_error(student: Tensor, teacher: Tensor) -> Tensor:
    """Squared error of the change within pairs, relative to the teacher's change.

    Args:
        student: (2 N, K, h, w), the two of a pair in turn.
        teacher: Likewise.
    """
    ours, theirs = (f[1::2] - f[::2] for f in (student, teacher))
    per_pair = (ours - theirs).square().mean(dim=(1, 2, 3))
    return (per_pair / theirs.square().mean(dim=(1, 2, 3)).clamp_min(1e-3)).mean()


def centred(features: Tensor) -> Tensor:
    """Without each image's mean activation."""
    return features - features.mean(dim=(2, 3), keepdim=True)


def patch_cosine(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean cosine between 3×3 patches at the same place."""
    both, ours, theirs = (
        F.avg_pool2d((a * b).sum(dim=1, keepdim=True), 3, stride=1)
        for a, b in ((student, teacher), (student, student), (teacher, teacher))
    )
    return (both * (ours * theirs).clamp_min(1e-12).rsqrt()).mean()


def match_ratio(ours: Tensor, theirs: Tensor) -> float:
    """Teacher's cosine of the student's matches over that of the teacher's own.

    Queries come from one half of the images and keys from the other: neighbours within
    a picture overlap, and any network would match them.
    """
    half, rows = len(ours) // 2, []
    for images, most in ((half, 400), (len(ours) - half, 4000)):
        patches = images * (ours.shape[2] - 2) * (ours.shape[3] - 2)
        rows.append(torch.randperm(patches)[:most])
    (query, key), (true_query, true_key) = (
        [
            F.normalize(F.unfold(part, 3).transpose(1, 2).flatten(0, 1)[taken], dim=1)
            for part, taken in zip((f[:half], f[half:]), rows, strict=True)
        ]
        for f in (ours, theirs)
    )
    judged = true_query @ true_key.T
    chosen = (query @ key.T).argmax(dim=1)
    best = judged.amax(dim=1).mean()
    return float(judged.gather(1, chosen[:, None]).mean() / best)
