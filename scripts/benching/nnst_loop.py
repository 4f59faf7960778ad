"""What people would take instead: the loop of Neural Neighbor Style Transfer.

Our own code, from the paper (Kolkin et al. 2022): coarse to fine, the cells of the
style are chosen once a scale by the cosine of centred hypercolumns, of the content and
the picture so far three to one; then 200 updates of Adam move the levels of a Laplacian
pyramid until the picture's hypercolumns resemble those cells. The last pass, which
matches layer by layer at each step, and the correction of colours are left out: both
would take longer. The encoder is the small one, as in our own runs, not VGG-16.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize import Encoder
from stylize.pyramid import resize

LAYERS = ("stage1", "stage2", "relu3_1", "relu4_1")
STRIDE = 4  # px a cell of hypercolumns
SMALLEST, UPDATES, RATE = 64, 200, 2e-3
CONTENT = 0.75  # of the content's hypercolumns in what is matched
ROWS = 1024  # cells compared at a time


def painted(encoder: Encoder, content: Tensor, style: Tensor) -> Tensor:
    """The picture, (1, 3, H, W) in [0, 1].

    Args:
        encoder: The small one, with the layers of :data:`LAYERS`.
        content: (1, 3, H, W) in [0, 1].
        style: (1, 3, h, w), as large as it is to be shown.
    """
    sides, side = [], max(content.shape[2:])
    while side >= SMALLEST:
        sides.insert(0, side / max(content.shape[2:]))
        side //= 2
    image = None
    for scale in sides or [1.0]:
        now, shown = (_scaled(each, scale) for each in (content, style))
        image = now if image is None else resize(image, *now.shape[2:])
        image = _one_scale(encoder, image, now, shown)
    assert image is not None
    return image


def _one_scale(
    encoder: Encoder, image: Tensor, content: Tensor, style: Tensor
) -> Tensor:
    """Match once, and descend."""
    with torch.no_grad():
        own, wanted, cells = (
            hypercolumns(encoder, each) for each in (image, content, style)
        )
        query = torch.lerp(own, wanted, CONTENT)
        target = cells[nearest(query, cells)]
    levels = [each.requires_grad_(True) for each in laplacian(image)]
    adam = torch.optim.Adam(levels, lr=RATE)
    for _ in range(UPDATES):
        adam.zero_grad()
        found = hypercolumns(encoder, collapsed(levels))
        (1 - F.cosine_similarity(found, target)).mean().backward()
        adam.step()
    return collapsed(levels).detach().clamp(0, 1)


def hypercolumns(encoder: Encoder, image: Tensor) -> Tensor:
    """(N, C) all layers at each cell, each layer at unit size."""
    height, width = (side // STRIDE for side in image.shape[2:])
    layers = []
    for features in encoder(image, LAYERS).values():
        each = F.interpolate(features, (height, width), mode="bilinear")
        layers.append(each / each.detach().square().sum(1).mean().sqrt())
    return torch.cat(layers, dim=1)[0].flatten(1).T


def nearest(query: Tensor, cells: Tensor) -> Tensor:
    """(N,) the most similar of (M, C) cells by cosine, each set less its own mean."""
    ours, theirs = (
        F.normalize(each - each.mean(dim=0), dim=1) for each in (query, cells)
    )
    return torch.cat([(part @ theirs.T).argmax(dim=1) for part in ours.split(ROWS)])


def laplacian(image: Tensor) -> list[Tensor]:
    """Levels of a Laplacian pyramid, fine to coarse, the last one the rest."""
    levels = []
    while min(image.shape[2:]) >= 16:
        small = F.interpolate(image, scale_factor=0.5, mode="bilinear")
        levels.append((image - _enlarged(small, image)).detach().clone())
        image = small
    return [*levels, image.detach().clone()]


def collapsed(levels: Sequence[Tensor]) -> Tensor:
    """The image of a pyramid."""
    image = levels[-1]
    for level in reversed(levels[:-1]):
        image = level + _enlarged(image, level)
    return image


def _enlarged(image: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(image, like.shape[2:], mode="bilinear")


def _scaled(image: Tensor, scale: float) -> Tensor:
    height, width = (max(16, round(side * scale)) for side in image.shape[2:])
    return resize(image, height, width)
