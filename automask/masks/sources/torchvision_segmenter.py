"""Object classes by torchvision's segmentation nets, before any arg max."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from automask.masks.soft import SoftMasks
from automask.masks.sources import class_probs
from automask.masks.sources.class_probs import Merge, first_line
from automask.masks.sources.fetching import announce, fetch

NETS = {
    "deeplabv3_resnet101": "DeepLabV3_ResNet101_Weights",
    "deeplabv3_resnet50": "DeepLabV3_ResNet50_Weights",
    "deeplabv3_mobilenet_v3_large": "DeepLabV3_MobileNet_V3_Large_Weights",
    "lraspp_mobilenet_v3_large": "LRASPP_MobileNet_V3_Large_Weights",
}
LICENCE = (
    "torchvision (BSD-3-Clause) publishes these weights, trained on COCO with the "
    "classes of VOC, and names no licence of their own: whether the terms of that data "
    "allow your use is yours to decide"
)
UNREADABLE = (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError)
"""What torch raises for files that are no state dict, or that of another net."""


@dataclass(frozen=True)
class SegmentationNet:
    """The 21 VOC class probabilities of a torchvision net.

    Args:
        net: One of torchvision's segmentation nets, see ``NETS``.
        weights: A state dict saved by torch; null for torchvision's own weights.
        fetch: Whether these may be downloaded if they are not in torch's cache.
        size: Shorter side in px that the net sees; it was trained at 520.
        merge: New names, each for a list of classes to be added up.
        cutoff: Probability below which a class is ignored at a pixel.

    Raises:
        ValueError: If the net is unknown, or no weights can be had.
    """

    net: str = "deeplabv3_resnet101"
    weights: str | None = None
    fetch: bool = False
    size: int = 520
    merge: Merge = field(default_factory=dict)
    cutoff: float = 0.0

    def __post_init__(self) -> None:
        if self.net not in NETS:
            raise ValueError(
                f"unknown segmentation net {self.net!r}; known: {', '.join(NETS)}"
            )
        if self.size < 32:
            raise ValueError(f"size must be at least 32 px, got {self.size}")
        class_probs.check_settings(self.cutoff)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of a (1, 3, H, W) image in [0, 1]."""
        net = loaded(self.net, str(weights_file(self)))
        shape = class_probs.net_shape(image.shape[2], image.shape[3], self.size)
        probs = net(class_probs.normalised(image, shape))["out"].softmax(1)[0]
        names = [name.strip("_") for name in official(self.net).meta["categories"]]
        return class_probs.class_masks(
            names, probs, image, self.net, self.merge, self.cutoff
        )


def official(net: str) -> Any:
    """Torchvision's entry for its newest weights of a net."""
    import torchvision

    return getattr(torchvision.models.segmentation, NETS[net]).DEFAULT


def weights_file(source: SegmentationNet) -> Path:
    """The file of weights, downloaded into torch's cache if that is allowed.

    Raises:
        ValueError: If it is not there, and may not or cannot be had.
    """
    if source.weights is not None:
        path = Path(source.weights)
        if not path.is_file():
            raise ValueError(f"no file of segmentation weights at {path}")
        return path
    weights = official(source.net)
    url, size = weights.url, weights.meta["_file_size"]
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    if path.is_file():
        return path
    if not source.fetch:
        raise ValueError(
            f"the weights of {source.net} are not in {path.parent}; add "
            f"masks.fetch=true to download them ({size:.0f} MiB), name a file with "
            "masks.sources.classes.weights=FILE, or use masks=portrait"
        )
    announce(path.name, size, url, LICENCE)
    try:
        fetch(url, path)
    except (OSError, RuntimeError, HTTPException) as error:
        raise ValueError(
            f"cannot download {url} ({first_line(error)}); try again, or name a file "
            "with masks.sources.classes.weights=FILE"
        ) from None
    return path


@cache
def loaded(net: str, path: str) -> nn.Module:
    """A net from its file, kept for the next image."""
    import torchvision

    build = getattr(torchvision.models.segmentation, net)
    # The backbone would be downloaded without asking, were it not refused as well.
    aux = {"aux_loss": True} if net.startswith("deeplab") else {}
    model = build(weights=None, weights_backbone=None, num_classes=21, **aux)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        missing, _ = model.load_state_dict(state, strict=False)
    except UNREADABLE as error:
        raise ValueError(
            f"{path} holds no weights of {net}: {first_line(error)}"
        ) from None
    needed = [key for key in missing if not key.startswith("aux_classifier")]
    if needed:
        raise ValueError(f"{path} holds no weights of {net}: it lacks {needed[0]}")
    return model.eval()
