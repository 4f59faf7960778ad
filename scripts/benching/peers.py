"""The usual ways of matching neural patches, to be measured beside ours.

pystiche is that of its released package (pip install -e '.[bench]'). It was written for
an older torchvision, of which it asks two tables of addresses that it never uses here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor


def pystiche() -> Any:
    """The released package, imported with what it lacks.

    Raises:
        SystemExit: If it is not installed.
    """
    for model in ("vgg", "alexnet"):
        module = sys.modules[f"torchvision.models.{model}"]
        module.model_urls = defaultdict(str)  # type: ignore[attr-defined]
    os.environ.setdefault("PYSTICHE_HOME", tempfile.mkdtemp())  # it makes that folder
    try:
        import pystiche
    except ModuleNotFoundError:
        raise SystemExit(
            "the peer pystiche is not installed: pip install -e '.[bench]'"
        ) from None
    return pystiche


def unfolded(features: Tensor) -> Tensor:
    """(C, H, W) to (patches, 9 C)."""
    return F.unfold(features[None], 3)[0].T


def by_pystiche(query: Tensor, style: Tensor) -> Tensor:
    """The search of pystiche's MRF loss."""
    library = pystiche()
    patches = [library.extract_patches2d(x[None], 3, 1) for x in (query, style)]
    likeness = library.cosine_similarity(*patches, batched_input=True)
    return likeness[0].argmax(dim=-1)


def by_unfold(query: Tensor, style: Tensor) -> Tensor:
    """All patches as rows of two matrices."""
    return (unfolded(query) @ F.normalize(unfolded(style), dim=1).T).argmax(dim=1)


def by_convolution(query: Tensor, style: Tensor) -> Tensor:
    """Style patches as the filters of a convolution."""
    filters = F.normalize(unfolded(style), dim=1).view(-1, len(query), 3, 3)
    return F.conv2d(query[None], filters)[0].flatten(1).argmax(dim=0)


SEARCHES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "pystiche": by_pystiche,
    "unfold": by_unfold,
    "convolution": by_convolution,
}


def plain_step(
    image: Tensor, masks: Tensor, styles: list[Tensor]
) -> Callable[[], None]:
    """One step with pystiche's functions: VGG-19, two MRF losses, gradient.

    Args:
        image: (1, 3, H, W) being painted.
        masks: (K, H, W) joined to the activations, as weighted guides would be.
        styles: (C + K, h, w) activations of the style on relu3_1 and relu4_1.
    """
    library = pystiche()
    layers = torchvision.models.vgg19(weights=None).features[:21].requires_grad_(False)
    targets = [library.extract_patches2d(style[None], 3, 1) for style in styles]
    pixels = image.clone().requires_grad_(True)

    def step() -> None:
        x, found = pixels, []
        for number, layer in enumerate(layers):
            x = layer(x)
            if number in (11, 20):
                small = F.adaptive_avg_pool2d(masks[None], x.shape[2:])
                found.append(torch.cat([x, small], dim=1))
        losses = [
            library.loss.functional.mrf_loss(
                library.extract_patches2d(features, 3, 1), target, batched_input=True
            )
            for features, target in zip(found, targets, strict=True)
        ]
        torch.autograd.grad(sum(losses), pixels)

    return step
