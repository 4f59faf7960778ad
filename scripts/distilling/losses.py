"""How far the student's activations, and the matches they lead to, are off."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def layer_losses(student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
    """Parts of the loss of one layer, each near 1 for a student that knows nothing.

    Args:
        student: (B, K, h, w).
        teacher: (B, K, h, w).
    """
    apart, wanted = centred(student), centred(teacher)
    return {
        "value": (student - teacher).square().mean() / wanted.square().mean(),
        "plain": 1 - patch_cosine(student, teacher),
        "centred": 1 - patch_cosine(apart, wanted),
    }


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


def random_patches(shape: torch.Size, queries: int, keys: int) -> tuple[Tensor, Tensor]:
    """Rows of (B · h · w) cells that make up random 3×3 patches.

    Queries come from one half of the images and keys from the other: neighbours
    within a picture overlap, and any network would match them.

    Returns:
        (queries, 9) and (keys, 9).
    """
    images, _, height, width = shape
    step = torch.arange(3)
    offsets = (step[:, None] * width + step).view(1, 9)
    rows = []
    for count, first, end in ((queries, 0, images // 2), (keys, images // 2, images)):
        image = torch.randint(first, end, (count, 1))
        y, x = (torch.randint(side - 2, (count, 1)) for side in (height, width))
        rows.append((image * height + y) * width + x + offsets)
    return rows[0], rows[1]


def unit_patches(features: Tensor, rows: Tensor) -> Tensor:
    """(N, 9 K) unit vectors."""
    cells = features.permute(0, 2, 3, 1).flatten(0, 2)
    patches = cells.index_select(0, rows.flatten()).view(len(rows), -1)
    return F.normalize(patches, dim=1)
